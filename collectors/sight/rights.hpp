// Which rights were lost: parts that were read well once and are denied now.
#pragma once

#include "collectors/sample.hpp"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace a2od {

/// What a right is remembered by.
struct PartKey {
  std::string collector;
  std::string tenant;
  std::string environment_id;  ///< empty: a tenant-wide run
  std::string part;
  auto operator<=>(const PartKey&) const = default;
};

/// One part's memory, as a value that can be written down and read back.
struct RightState {
  PartKey key;
  bool was_ok = false;
  bool denied = false;
  std::string missing_right;  ///< while denied
  bool operator==(const RightState&) const = default;
  [[nodiscard]] bool lost() const { return was_ok && denied; }
};

/// A functional core. A part that is denied and names its missing right is denied; one that is ok or absent is not;
/// sign-in failures, throttling and everything else say nothing of rights and change nothing.
class Rights {
 public:
  /// True when this changed what is remembered, so that it should be written down.
  bool observe(const PartKey& key, const Part& part);

  [[nodiscard]] bool lost(const PartKey& key) const;
  [[nodiscard]] std::vector<RightState> all_lost() const;

  /// The environment left the inventory.
  void forget(std::string_view tenant, std::string_view environment_id);

  [[nodiscard]] std::vector<RightState> save() const;
  /// Takes the place of all that is remembered.
  void restore(std::vector<RightState> states);

 private:
  /// A collector against one target: its parts are few, and a large estate has many of them.
  struct Target {
    std::string collector;
    std::string tenant;
    std::string environment_id;
    auto operator<=>(const Target&) const = default;
  };
  struct State {
    std::string part;
    bool was_ok = false;
    bool denied = false;
    std::string missing_right;
    bool operator==(const State&) const = default;
  };
  [[nodiscard]] static State after(State state, const Part& part);

  std::map<Target, std::vector<State>> states_;
};

}  // namespace a2od
