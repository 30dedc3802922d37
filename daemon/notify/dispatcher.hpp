// Grouping alerts and deciding which messages are owed to whom and when: no clock, socket, thread or file.
#pragma once

#include "daemon/notify/notify.hpp"

#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

namespace a2od {

/// A group across restarts: its timer, and what was told to each integration.
struct GroupState {
  Labels labels;
  bool flushed = false;  ///< the group_wait is over
  Timestamp next_flush;  ///< of a flushed group: any point of the grid of group_interval
  std::map<Integration, LedgerEntry> ledger;
  bool operator==(const GroupState&) const = default;
};

/// The first point after `now` on the grid of `step` that `point` is on, or `point` itself while it is ahead.
[[nodiscard]] Timestamp next_on_grid(Timestamp point, Milliseconds step, Timestamp now);

/// All that must survive the process.
struct DispatcherState {
  std::vector<RoutedAlert> alerts;
  std::vector<GroupState> groups;
};

/// What changed since the last call, and the messages that follow from it: to be committed in one transaction. Where
/// that fails, the same value is committed again before the next one is asked for.
struct DispatcherChanges {
  std::vector<RoutedAlert> alerts;  ///< to insert or replace, by fingerprint
  std::vector<std::string> removed_alerts;
  std::vector<GroupState> groups;  ///< to insert or replace, by group_key(labels)
  std::vector<std::string> removed_groups;
  std::vector<Message> messages;  ///< without ids
  [[nodiscard]] bool empty() const;
};

/// The labels that a route groups an alert by; `...` alone: all of them.
[[nodiscard]] Labels group_labels(const Labels& alert, std::span<const std::string> group_by);

struct DispatcherOptions {
  std::string external_url;
  Milliseconds resolve_timeout = std::chrono::minutes(5);  ///< of notices that name no end
  Milliseconds restart_grace = std::chrono::minutes(10);   ///< so long no alert expires after restore()
};

/// Alertmanager's dispatcher, deduplication and notification log in one, for a single level of routing. Differences,
/// all meant: repeat_interval counts from the last decision and is exact (though never shorter than group_interval), a
/// decision counts as told because the outbox delivers it, and all of it survives the process.
class Dispatcher {
 public:
  Dispatcher(RouteConfig route, std::vector<ReceiverConfig> receivers, DispatcherOptions options);

  /// Once, before anything else. Nothing is sent again because of it; timers that passed meanwhile are due at once,
  /// repeats wait until a notice confirms that the group still fires.
  void restore(DispatcherState state, Timestamp now);

  /// After a reload. Alerts are grouped anew; groups whose labels stay equal keep what they were told, others inherit
  /// it by fingerprint. As in Alertmanager, group timers start anew: groups that waited already are flushed at once.
  /// What was told to receivers that still exist, but are no longer routed to, is resolved there.
  void set_route(RouteConfig route, std::vector<ReceiverConfig> receivers, std::string external_url, Timestamp now);

  /// Firing alerts do not expire before `until`: for as long as rule groups wait for their first evaluation.
  void hold_until(Timestamp until);

  void receive(std::span<const AlertNotice> notices, Timestamp now);

  /// Whether it was told of an alert with these labels that is not done with yet.
  [[nodiscard]] bool knows(const Labels& labels) const { return alerts_.contains(fingerprint(labels)); }

  /// Decides all that is due, and hands out what changed since the last call, also by the functions above.
  [[nodiscard]] DispatcherChanges advance(Timestamp now);

  /// When advance() has something to decide; nothing without groups.
  [[nodiscard]] std::optional<Timestamp> next_wake() const;

  /// When it ends if no notice follows: a firing one not while all are held.
  [[nodiscard]] Timestamp end_of(const RoutedAlert& alert) const;
  [[nodiscard]] std::size_t size() const { return alerts_.size(); }

  /// All that must be written down now; for pages and the API.
  [[nodiscard]] DispatcherState state() const;

 private:
  struct Group {
    GroupState saved;
    std::set<std::string> alerts;  ///< fingerprints
    bool confirmed = false;        ///< a notice came for one of its alerts since the start
  };
  struct Target {
    Integration to;
    const WebhookConfig* webhook = nullptr;
    bool routed = true;  ///< false: it was told before, and only resolves are owed to it
  };
  struct View;

  [[nodiscard]] Milliseconds group_interval() const;
  [[nodiscard]] Milliseconds repeat_interval() const;
  [[nodiscard]] std::string key_of(const RoutedAlert& alert) const;
  [[nodiscard]] std::vector<Target> targets(const Group& group) const;
  [[nodiscard]] std::optional<Timestamp> next_repeat(const Group& group) const;
  [[nodiscard]] View look_at(const Group& group, Timestamp now) const;

  void receive(RoutedAlert alert, Timestamp now);
  Group& place(const RoutedAlert& alert, Timestamp now);
  void flush(Group& group, Timestamp now);
  void repeat(Group& group, Timestamp now);
  void consider(Group& group, const Target& target, View& view, Timestamp now);
  [[nodiscard]] DispatcherChanges take_changes();

  void forget_removed_receivers();
  void regroup(Timestamp now);
  void inherit(const Group& vanished);
  void catch_up(Group& group);

  RouteConfig route_;
  std::vector<ReceiverConfig> receivers_;
  DispatcherOptions options_;
  Timestamp hold_until_{};
  std::unordered_map<std::string, RoutedAlert> alerts_;
  std::map<std::string, Group> groups_;  ///< by group key
  std::set<std::string> changed_alerts_;
  std::set<std::string> changed_groups_;
  std::vector<Message> messages_;
};

}  // namespace a2od
