// What changed about alerts and silences since they were last looked at, as events: a state that is only repeated is
// none. No clock, socket, thread or file.
#pragma once

#include "daemon/audit/event.hpp"
#include "daemon/notify/dispatcher.hpp"
#include "daemon/notify/maintenance.hpp"
#include "daemon/notify/silences.hpp"
#include "daemon/state/rule_alerts.hpp"

#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace a2od {

/// What is there until a time, by a key; the first to end is at hand.
template <class Key>
class Ends {
 public:
  [[nodiscard]] bool contains(const Key& key) const { return ends_.contains(key); }
  /// Whether it is new.
  bool set(const Key& key, Timestamp ends_at) {
    const auto [known, added] = ends_.try_emplace(key, ends_at);
    by_end_.erase({known->second, key});
    known->second = ends_at;
    by_end_.emplace(ends_at, key);
    return added;
  }
  /// Whether it was there.
  bool erase(const Key& key) {
    const auto known = ends_.find(key);
    if (known == ends_.end()) return false;
    by_end_.erase({known->second, key});
    ends_.erase(known);
    return true;
  }
  [[nodiscard]] std::optional<Timestamp> next() const {
    return by_end_.empty() ? std::nullopt : std::optional(by_end_.begin()->first);
  }
  /// Takes out the first that has ended.
  std::optional<std::pair<Timestamp, Key>> pop_ended(Timestamp now) {
    if (by_end_.empty() || by_end_.begin()->first > now) return std::nullopt;
    auto first = by_end_.extract(by_end_.begin()).value();
    ends_.erase(first.second);
    return first;
  }

 private:
  std::unordered_map<Key, Timestamp> ends_;
  std::set<std::pair<Timestamp, Key>> by_end_;
};

/// Alerts of our own rules.
class RuleTransitions {
 public:
  /// As an earlier process saved them: no news.
  void restore(std::span<const SavedAlert> alerts);

  /// The alerts of groups as they are now.
  [[nodiscard]] std::vector<AuditEvent> update(std::span<const GroupAlerts> groups, Timestamp now);

  /// After a reload: alerts of groups that are no more are inactive.
  [[nodiscard]] std::vector<AuditEvent> keep_groups(std::span<const GroupDefinition> groups, Timestamp now);

 private:
  using GroupId = std::pair<std::string, std::string>;  ///< the file's base name, and the group's
  struct Key {
    std::string rule;
    Labels labels;
    auto operator<=>(const Key&) const = default;
  };
  using States = std::map<Key, AlertState>;
  [[nodiscard]] static GroupId id_of(std::string_view file, const std::string& group);

  std::map<GroupId, States> groups_;
};

/// Alerts that others sent. They are as many as the dispatcher takes.
class SenderTransitions {
 public:
  /// Alerts that the dispatcher knew, but for those that rules of ours made. They do not end before `hold_until`.
  void restore(std::span<const RoutedAlert> alerts, std::span<const SavedAlert> own, Timestamp hold_until);

  [[nodiscard]] std::vector<AuditEvent> receive(std::span<const AlertNotice> notices, Milliseconds resolve_timeout,
                                                Timestamp now);
  /// Those that nobody repeated until their end.
  [[nodiscard]] std::vector<AuditEvent> advance(Timestamp now);
  [[nodiscard]] std::optional<Timestamp> next_wake() const { return firing_.next(); }

 private:
  Ends<Labels> firing_;
};

class SilenceTransitions {
 public:
  /// Of those that ended after `known_until`, the end is still news.
  void restore(const Silences& silences, Timestamp known_until);

  [[nodiscard]] std::vector<AuditEvent> update(const SilenceChanges& changes, Timestamp now);
  /// Those that came to their end; an event has its own time.
  [[nodiscard]] std::vector<AuditEvent> advance(const Silences& silences, Timestamp now);
  [[nodiscard]] std::optional<Timestamp> next_wake() const { return unexpired_.next(); }

 private:
  Ends<std::string> unexpired_;
};

/// Windows, and work on environments. What is in force when it is first told of is no news.
class MaintenanceTransitions {
 public:
  [[nodiscard]] std::vector<AuditEvent> update(std::vector<Maintenance::Reason> active, Timestamp now);

 private:
  std::optional<std::vector<Maintenance::Reason>> active_;
};

}  // namespace a2od
