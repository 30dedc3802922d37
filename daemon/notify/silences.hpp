// Silences as Alertmanager has them: created, changed, expired and forgotten. No clock, socket, thread or file.
#pragma once

#include "config/matcher.hpp"
#include "config/result.hpp"
#include "config/time.hpp"
#include "daemon/notify/matcher_index.hpp"

#include <cstdint>
#include <map>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace a2od {

/// Alerts that all its matchers match are not told while it is active.
struct Silence {
  enum class State { active, pending, expired };

  std::string id{};  ///< a UUID; empty until it is given one
  std::vector<Matcher> matchers{};
  Timestamp starts_at{};
  Timestamp ends_at{};
  Timestamp updated_at{};
  std::string created_by{};
  std::string comment{};
  std::map<std::string, std::string> annotations{};
  bool operator==(const Silence&) const = default;

  [[nodiscard]] State state(Timestamp now) const;
};

[[nodiscard]] std::string_view to_string(Silence::State state);

/// What a silence must be to be taken: texts in UTF-8, at least one matcher that does not match the empty text, times
/// in their order. The errors are Alertmanager's.
[[nodiscard]] Result<void> check_silence(const Silence& silence);

struct SilenceChanges {
  std::vector<Silence> silences;  ///< to insert or replace, by id
  std::vector<std::string> removed;
  [[nodiscard]] bool empty() const { return silences.empty() && removed.empty(); }
};

class Silences {
 public:
  /// What is known of one alert: a caller keeps it, so that only silences that are newer are looked at the next time.
  struct Known {
    std::uint64_t version = 0;
    std::vector<std::string> matching;  ///< ids, sorted
  };

  /// Once, before anything else.
  void restore(std::vector<Silence> saved);

  /// Without an id: a new one, which gets `new_id`. With one: that silence is changed in place where Alertmanager
  /// allows it, else it expires and a new one takes its place. Returns the id that it has now. Errors:
  /// check_silence()'s, and kNoSuchSilence.
  [[nodiscard]] Result<std::string> set(Silence silence, std::string new_id, Timestamp now);

  /// Errors: kNoSuchSilence, and that it has expired already.
  [[nodiscard]] Result<void> expire(std::string_view id, Timestamp now);

  /// Those that expired longer than `retention` ago are removed.
  void forget_expired(Milliseconds retention, Timestamp now);

  /// Ids of the active ones that match, sorted. `known` belongs to these labels.
  [[nodiscard]] std::vector<std::string> silencing(const Labels& labels, Timestamp now, Known& known) const;

  [[nodiscard]] const Silence* find(std::string_view id) const;
  /// In the order of their ids.
  [[nodiscard]] std::vector<Silence> all() const;

  /// What changed since the last call.
  [[nodiscard]] SilenceChanges take_changes();

 private:
  struct Change {
    std::uint64_t version = 0;
    std::string id;
  };

  void put(Silence silence);
  void note_change(const std::string& id);
  void look_up(const Labels& labels, Known& known) const;

  std::map<std::string, Silence, std::less<>> all_;
  MatcherIndex<std::string> index_;
  std::set<std::string> changed_;
  std::uint64_t version_ = 1;
  std::vector<Change> history_;  ///< the latest changes
  std::uint64_t forgotten_ = 1;  ///< all changes until then have left the history
};

/// Also those that have expired and are not forgotten yet; beyond them none is taken.
inline constexpr std::size_t kMostSilences = 10'000;
inline constexpr std::string_view kNoSuchSilence = "silence not found";

}  // namespace a2od
