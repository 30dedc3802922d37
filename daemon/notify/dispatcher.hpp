// Grouping alerts and deciding which messages are owed to whom and when: no clock, socket, thread or file.
#pragma once

#include "daemon/explain/explained.hpp"
#include "daemon/notify/inhibition.hpp"
#include "daemon/notify/maintenance.hpp"
#include "daemon/notify/notify.hpp"
#include "daemon/notify/routes.hpp"
#include "daemon/notify/silences.hpp"

#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace a2od {

/// A group across restarts: its timer, and what was told to each integration.
struct GroupState {
  std::string route = "{}";  ///< its route's id
  Labels labels;
  bool flushed = false;  ///< the group_wait is over
  Timestamp next_flush;  ///< of a flushed group: any point of the grid of group_interval
  std::map<Integration, LedgerEntry> ledger;
  std::map<std::string, Timestamp> told;  ///< since when somebody knows of each alert that fires, by fingerprint
  bool operator==(const GroupState&) const = default;

  /// No two groups have the same.
  [[nodiscard]] std::string id() const;
};

/// The first point after `now` on the grid of `step` that `point` is on, or `point` itself while it is ahead.
[[nodiscard]] Timestamp next_on_grid(Timestamp point, Milliseconds step, Timestamp now);

/// The next minute's begin: time intervals begin and end with one.
[[nodiscard]] Timestamp next_full_minute(Timestamp now);

/// A step of the escalation that was taken for an alert.
struct Escalation {
  Labels labels;
  std::size_t step = 0;  ///< counted from 1
  Milliseconds after{};
  std::string receiver;
  std::string group;  ///< its id
};

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
  std::vector<GroupState> groups;  ///< to insert or replace, by id()
  std::vector<std::string> removed_groups;
  std::vector<Message> messages;        ///< without ids
  std::vector<Escalation> escalations;  ///< that some of the messages are for
  [[nodiscard]] bool empty() const;
};

/// Why an alert is not told: ids of silences and of maintenance, fingerprints of other alerts.
struct Suppression {
  std::vector<std::string> silenced_by;
  std::vector<std::string> inhibited_by;
  [[nodiscard]] bool any() const { return !silenced_by.empty() || !inhibited_by.empty(); }
};

/// All alerts and groups as pages and the API show them: until the dispatcher is told something, to which it points.
struct DispatcherView {
  struct Alert {
    const RoutedAlert* alert = nullptr;
    Timestamp ends_at;                        ///< when it really will
    std::vector<std::string_view> receivers;  ///< of the routes that it takes
    Suppression suppression;
  };
  struct Group {
    std::string id;
    std::string receiver;
    Labels labels;
    std::map<std::string, std::string> route_labels{};
    std::vector<std::string> muted_by;     ///< names of time intervals
    std::vector<std::string_view> alerts;  ///< fingerprints
  };
  std::span<const ReceiverConfig> receivers;
  std::vector<Alert> alerts;  ///< by fingerprint
  std::vector<Group> groups;

  /// nullptr where there is none.
  [[nodiscard]] const Alert* find(std::string_view fingerprint) const;
};

struct DispatcherOptions {
  std::string external_url;
  Milliseconds resolve_timeout = std::chrono::minutes(5);  ///< of notices that name no end
  Milliseconds restart_grace = std::chrono::minutes(10);   ///< so long no alert expires after restore()
  const Silences* silences = nullptr;                      ///< outlive the dispatcher; none where there are none
  const Maintenance* maintenance = nullptr;                ///< the same
};

/// Alertmanager's dispatcher, inhibition, muting, deduplication and notification log in one. Differences, all meant:
/// repeat_interval counts from the last delivery and is exact, also where group_interval is longer, a decision
/// counts as told because the outbox delivers it, the end of what was told is owed whatever mutes or silences it, and
/// all of it survives the process.
class Dispatcher {
 public:
  Dispatcher(Routing routing, DispatcherOptions options);
  Dispatcher(Dispatcher&&) = default;  // groups point to routes, which stay where they are
  Dispatcher& operator=(Dispatcher&&) = default;

  /// Once, before anything else. Nothing is sent again because of it; timers that passed meanwhile are due at once,
  /// repeats wait until a notice confirms that the group still fires. Returns by how much the clock was set back since
  /// the state was saved: it goes on then as if it had been saved that much earlier.
  Milliseconds restore(DispatcherState state, Timestamp now);

  /// After a reload. Alerts are grouped anew; groups whose route and labels stay equal keep what they were told, others
  /// inherit it by fingerprint. As in Alertmanager, group timers start anew: groups that waited already are flushed at
  /// once. What was told to receivers that still exist, but are no longer routed to, is resolved there.
  void set_routing(Routing routing, Milliseconds resolve_timeout, std::string external_url, Timestamp now);

  /// Firing alerts do not expire before `until`: for as long as rule groups wait for their first evaluation. Those of
  /// others do as soon as they say, but for what was saved and not heard of since.
  void hold_until(Timestamp until);

  /// After a start: rules that were not evaluated yet, in place of those before, each by labels that all its alerts
  /// have. What they may have to say is waited for until then: no alert of ours is told that one of them makes and has
  /// not confirmed, or whose inhibitor it may make.
  void await_rules(std::vector<Labels> rules, Timestamp until, Timestamp now);

  void receive(std::span<const AlertNotice> notices, Timestamp now);

  /// A message for that group was taken by its receiver: repeats count from here.
  void delivered(const Integration& to, const std::string& group, Timestamp now);

  /// Of the alerts that fire and are meant; one that is acknowledged already is so anew. They are not repeated and not
  /// escalated meanwhile: a group is while it has one that is not acknowledged. Returns them, sorted by labels.
  std::vector<AcknowledgedAlert> acknowledge(const AlertSelection& selection, const Acknowledgement& acknowledgement,
                                             Timestamp now);
  /// False: it is not acknowledged.
  bool withdraw_acknowledgement(const std::string& fingerprint, Timestamp now);
  /// Sorted by labels.
  [[nodiscard]] std::vector<AcknowledgedAlert> acknowledged(Timestamp now) const;

  /// Whether it was told of an alert with these labels that is not done with yet.
  [[nodiscard]] bool knows(const Labels& labels) const { return alerts_.contains(fingerprint(labels)); }

  /// Decides all that is due, and hands out what changed since the last call, also by the functions above.
  [[nodiscard]] DispatcherChanges advance(Timestamp now);

  /// What changed since the last call of this or advance(), without deciding anything: no messages.
  [[nodiscard]] DispatcherChanges take_changes();

  /// When advance() has something to decide; nothing without groups.
  [[nodiscard]] std::optional<Timestamp> next_wake() const;

  /// When it ends if no notice follows: a firing one not while all are held.
  [[nodiscard]] Timestamp end_of(const RoutedAlert& alert) const;
  [[nodiscard]] std::size_t size() const { return alerts_.size(); }

  /// All that must be written down now.
  [[nodiscard]] DispatcherState state() const;
  [[nodiscard]] DispatcherView view(Timestamp now) const;

  /// Labels of at most `most` of the alerts that are wanted.
  [[nodiscard]] std::vector<Labels> matching(const AlertChoice& choice, std::size_t most) const;
  /// What is done with an alert of these labels, or would be.
  [[nodiscard]] ExplainedRouting explain(const Labels& labels, Timestamp now) const;

 private:
  /// A route that an alert takes, and its group there.
  struct Place {
    const Route* route = nullptr;
    std::string group;
  };
  struct Known {
    RoutedAlert alert;
    std::vector<Place> places{};
    std::set<std::string> groups;        ///< ids of those that it is in
    mutable Silences::Known silences{};  ///< what was found out about it
    mutable Maintenance::Known maintenance{};
  };
  struct Group {
    GroupState saved;
    const Route* route = nullptr;
    std::set<std::string> alerts;               ///< fingerprints
    bool confirmed = false;                     ///< a notice came for one of its alerts since the start
    Timestamp no_repeat_before{};               ///< a repeat that found nothing to tell waits
    std::optional<Timestamp> debts_due;         ///< when to look again whether what it owes may be told
    bool held_back = false;                     ///< something in it waits for rules
    std::optional<Timestamp> escalation_due{};  ///< when to look again whether others must be told
  };
  struct Target {
    Integration to;
    const IntegrationConfig* config = nullptr;
    bool routed = true;      ///< false: it was told before, and only resolves are owed to it
    Fingerprints overdue{};  ///< the alerts for whose sake it is told, where it is a step of the escalation
    std::size_t step = 0;    ///< counted from 1; of its receiver's first integration alone, as a step is taken once
  };
  struct View;

  [[nodiscard]] static bool is_held(const RoutedAlert& alert);
  [[nodiscard]] bool waits(const RoutedAlert& alert, Timestamp now) const;
  [[nodiscard]] std::vector<std::string> silenced_by(const Labels& labels, Timestamp now, Silences::Known& silences,
                                                     Maintenance::Known& maintenance) const;
  [[nodiscard]] Suppression suppression(const Known& known, Timestamp now) const;
  [[nodiscard]] std::vector<std::string> muted_by(const Route& route, Timestamp now) const;
  [[nodiscard]] std::vector<Target> targets(const Group& group, const View& view, Timestamp now) const;
  [[nodiscard]] std::vector<Target> targets(const Group& group, Timestamp now) const;
  [[nodiscard]] static std::optional<Timestamp> next_repeat(const Group& group);
  [[nodiscard]] static std::optional<Timestamp> next_reminder(const Group& group);
  [[nodiscard]] static Timestamp next_due(const Group& group);
  [[nodiscard]] static bool is_reminded(const Group& group, const Target& target, Timestamp now);
  [[nodiscard]] View look_at(const Group& group, Timestamp now) const;
  [[nodiscard]] bool owes_end_of(const Group& group, const std::string& alert) const;

  [[nodiscard]] std::optional<ExplainedEscalation> explain_escalation(const Group& group,
                                                                      const std::string& alert) const;
  [[nodiscard]] ExplainedRoute explain(const Place& place, const Labels& labels, Timestamp now) const;
  [[nodiscard]] std::vector<std::string> path_to(const Route& route) const;

  void receive(RoutedAlert alert, Timestamp now);
  void place(Known& known, std::span<const Place> places, Timestamp now);
  [[nodiscard]] std::vector<Place> places_of(const Labels& labels) const;
  void flush(Group& group, Timestamp now);
  void tell(Group& group, Timestamp now);
  void hold_back(Group& group, const View& view) const;
  void release(Group& group, const View& view, bool muted, Timestamp now);
  void remind(Group& group, Timestamp now);
  void set_reminders(Group& group, Timestamp now) const;
  void consider(Group& group, const Target& target, View& view, Timestamp now);

  void look_again(const Known& known, Timestamp now);
  [[nodiscard]] Fingerprints unattended(const Fingerprints& firing, Timestamp now) const;
  [[nodiscard]] std::optional<Timestamp> told_since(const Group& group, const std::string& alert) const;
  [[nodiscard]] Fingerprints overdue(const Group& group, const Fingerprints& unattended, Milliseconds after,
                                     Timestamp now) const;
  [[nodiscard]] std::optional<Timestamp> next_escalation(const Group& group, Timestamp now) const;
  [[nodiscard]] bool was_told(const Group& group, const std::string& receiver, const std::string& alert) const;
  [[nodiscard]] Timestamp next_release(const Known& known, Timestamp now) const;
  void note_escalation(const Group& group, const Target& target, const LedgerEntry* last);
  [[nodiscard]] Timestamp next_expiry(const Group& group, Timestamp now) const;

  void forget_removed_receivers();
  void regroup(Timestamp now);
  [[nodiscard]] std::vector<Place> places_that_owe(const Known& known, Timestamp now) const;
  void inherit(const Group& vanished);
  void catch_up(Group& group);

  Routes routes_;
  std::vector<ReceiverConfig> receivers_;
  std::vector<NamedTimeInterval> time_intervals_;
  Inhibition inhibition_;
  DispatcherOptions options_;
  Timestamp hold_until_{};
  std::vector<Labels> awaited_;
  Timestamp await_until_{};
  std::unordered_map<std::string, Known> alerts_;
  std::map<std::string, Group> groups_;  ///< by id
  std::set<std::string> changed_alerts_;
  std::set<std::string> changed_groups_;
  std::vector<Message> messages_;
  std::vector<Escalation> escalations_;
};

}  // namespace a2od
