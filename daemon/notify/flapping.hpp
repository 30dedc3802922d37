// Alerts that begin and end all the time, held in one message until they are quiet. No clock, socket, thread or file.
#pragma once

#include "config/flapping.hpp"
#include "config/time.hpp"
#include "daemon/notify/notify.hpp"
#include "rules/alerting/alert.hpp"

#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

namespace a2od {

/// What is known of an alert across restarts.
struct FlappingState {
  RoutedAlert latest;                ///< as it came last
  bool fires = false;                ///< so it said
  std::vector<Timestamp> changes;    ///< when it last began or ended, no more of them than it takes
  std::optional<Timestamp> since{};  ///< of one that flaps: when the first of those changes was
  bool operator==(const FlappingState&) const = default;
};

struct FlappingChanges {
  std::vector<FlappingState> states;  ///< to insert or replace, by fingerprint
  std::vector<std::string> removed;
  [[nodiscard]] bool empty() const { return states.empty() && removed.empty(); }
};

/// Stands before the dispatcher, and tells it of an alert that flaps that it fires, with the annotation kFlapping; once
/// it has been quiet, how it is. Refreshes are no changes, whoever was away for how long.
class Flapping {
 public:
  /// Without a configuration nothing flaps.
  explicit Flapping(std::optional<FlappingConfig> config, Milliseconds resolve_timeout)
      : config_(config), resolve_timeout_(resolve_timeout) {}

  /// Once, before anything else. What fired does so for ten minutes more, as rules have yet to be evaluated.
  void restore(std::vector<FlappingState> saved, Timestamp now);
  /// After a reload. What flapped is told as it is where nothing flaps any more.
  void set_config(std::optional<FlappingConfig> config, Milliseconds resolve_timeout);

  /// What the dispatcher is told in place of these.
  [[nodiscard]] std::vector<AlertNotice> receive(std::span<const AlertNotice> notices, Timestamp now);
  /// What it is told because time has passed.
  [[nodiscard]] std::vector<AlertNotice> advance(Timestamp now);
  [[nodiscard]] std::optional<Timestamp> next_wake() const;

  /// How many flap.
  [[nodiscard]] std::size_t count() const { return flapping_.size(); }
  /// What changed since the last call.
  [[nodiscard]] FlappingChanges take_changes();
  /// They could not be written: the next take_changes() has them, too.
  void put_back(const FlappingChanges& changes);

 private:
  [[nodiscard]] AlertNotice receive(const AlertNotice& notice, Timestamp now);
  FlappingState& take_in(const AlertNotice& notice, Timestamp now);
  void note_change(FlappingState& state, Timestamp when);
  [[nodiscard]] bool begins_to_flap(const FlappingState& state, Timestamp now) const;
  [[nodiscard]] AlertNotice held(const FlappingState& state, Timestamp now) const;
  [[nodiscard]] static AlertNotice as_it_is(const FlappingState& state, Timestamp now);
  [[nodiscard]] Timestamp quiet_at(const FlappingState& state) const;
  void forget_what_is_over(Timestamp now);

  std::optional<FlappingConfig> config_;
  Milliseconds resolve_timeout_;
  std::map<std::string, FlappingState> states_;  ///< by fingerprint
  std::set<std::string> flapping_;               ///< fingerprints
  std::set<std::string> changed_;
  Timestamp next_refresh_{};
};

inline constexpr const char* kFlapping = "flapping";

}  // namespace a2od
