#include "daemon/audit/transitions.hpp"

#include "config/matchers.hpp"
#include "daemon/web/api/reply.hpp"

#include <algorithm>
#include <cmath>
#include <unordered_set>

namespace a2od {
namespace {

namespace json = boost::json;

std::string_view base_name(std::string_view path) { return path.substr(path.find_last_of('/') + 1); }

EventKind kind_of(AlertState state) {
  switch (state) {
    case AlertState::pending:
      return "alert.pending";
    case AlertState::firing:
      return "alert.firing";
    case AlertState::inactive:
      return "alert.resolved";
  }
  return "alert.resolved";
}

json::value number(double value) {
  return std::isfinite(value) ? json::value(value) : json::value(format_value(value));
}

AuditEvent of_rule(EventKind kind, Timestamp now, const std::pair<std::string, std::string>& group,
                   const Labels& labels) {
  return {now, kind, labels, {{"source", "rule"}, {"file", group.first}, {"group", group.second}}};
}

bool fires(const AlertNotice& notice, Timestamp now) { return notice.ends_at == Timestamp{} || notice.ends_at > now; }

AuditEvent of_sender(EventKind kind, Timestamp at, const Labels& labels) {
  return {at, kind, labels, {{"source", "api"}}};
}

Labels named_by(const Silence& silence) {
  std::map<std::string_view, std::string_view> named;
  for (const auto& matcher : silence.matchers)
    if (matcher.type() == MatchType::equal) named.emplace(matcher.name(), matcher.value());
  return Labels::from(std::vector<Labels::Pair>(named.begin(), named.end()));
}

AuditEvent of_silence(EventKind kind, Timestamp at, const Silence& silence) {
  return {at,
          kind,
          named_by(silence),
          {{"silence", silence.id},
           {"matchers", matchers_text(silence.matchers)},
           {"created_by", silence.created_by},
           {"comment", silence.comment},
           {"starts_at", format_time(silence.starts_at)},
           {"ends_at", format_time(silence.ends_at)}}};
}

AuditEvent of_maintenance(EventKind kind, Timestamp at, const Maintenance::Reason& reason) {
  AuditEvent event{at, kind, {}, {{"maintenance", reason.id.substr(reason.id.find('/') + 1)}}};
  if (!reason.comment.empty()) event.details.emplace("comment", reason.comment);
  if (!reason.tenant.empty()) event.labels = Labels{{"tenant", reason.tenant}, {"environment", reason.environment}};
  return event;
}

}  // namespace

RuleTransitions::GroupId RuleTransitions::id_of(std::string_view file, const std::string& group) {
  return {std::string(base_name(file)), group};
}

void RuleTransitions::restore(std::span<const SavedAlert> alerts) {
  for (const auto& saved : alerts)
    groups_[id_of(saved.file, saved.group)].emplace(Key{saved.rule, saved.alert.labels}, saved.alert.state);
}

std::vector<AuditEvent> RuleTransitions::update(std::span<const GroupAlerts> groups, Timestamp now) {
  std::vector<AuditEvent> events;
  for (const auto& group : groups) {
    const auto id = id_of(group.file, group.group);
    auto before = std::exchange(groups_[id], {});
    auto& states = groups_[id];
    for (const auto& [name, file, rule, alert, inputs] : group.alerts) {
      Key key{rule, alert.labels};
      const auto known = before.extract(key);
      const auto last = known ? known.mapped() : AlertState::inactive;
      if (last != alert.state) {
        auto event = of_rule(kind_of(alert.state), now, id, alert.labels);
        if (alert.state != AlertState::inactive) event.details["value"] = number(alert.value);
        events.push_back(std::move(event));
      }
      states.emplace(std::move(key), alert.state);
    }
    for (const auto& [key, last] : before)
      if (last != AlertState::inactive) events.push_back(of_rule("alert.inactive", now, id, key.labels));
  }
  return events;
}

std::vector<AuditEvent> RuleTransitions::keep_groups(std::span<const GroupDefinition> groups, Timestamp now) {
  std::set<GroupId> kept;
  for (const auto& group : groups) kept.insert(id_of(group.file, group.name));
  std::vector<AuditEvent> events;
  std::erase_if(groups_, [&](const auto& item) {
    const auto& [id, states] = item;
    if (kept.contains(id)) return false;
    for (const auto& [key, last] : states) {
      if (last == AlertState::inactive) continue;
      auto event = of_rule("alert.inactive", now, id, key.labels);
      event.details["reason"] = "its rule group left the configuration";
      events.push_back(std::move(event));
    }
    return true;
  });
  return events;
}

void SenderTransitions::restore(std::span<const RoutedAlert> alerts, std::span<const SavedAlert> own,
                                Timestamp hold_until) {
  std::unordered_set<Labels> ours;
  for (const auto& saved : own) ours.insert(saved.alert.labels);
  for (const auto& alert : alerts)
    if (!alert.told_resolved() && !ours.contains(alert.labels))
      firing_.set(alert.labels, std::max(alert.ends_at, hold_until));
}

std::vector<AuditEvent> SenderTransitions::receive(std::span<const AlertNotice> notices, Milliseconds resolve_timeout,
                                                   Timestamp now) {
  std::vector<AuditEvent> events;
  for (const auto& notice : notices) {
    if (!fires(notice, now)) {
      if (firing_.erase(notice.labels)) events.push_back(of_sender("alert.resolved", now, notice.labels));
      continue;
    }
    const auto ends_at = notice.ends_at == Timestamp{} ? now + resolve_timeout : notice.ends_at;
    if (firing_.set(notice.labels, ends_at)) events.push_back(of_sender("alert.firing", now, notice.labels));
  }
  return events;
}

std::vector<AuditEvent> SenderTransitions::advance(Timestamp now) {
  std::vector<AuditEvent> events;
  while (const auto ended = firing_.pop_ended(now)) {
    auto& event = events.emplace_back(of_sender("alert.resolved", ended->first, ended->second));
    event.details["reason"] = "its sender named this end, or did not repeat it";
  }
  return events;
}

void SilenceTransitions::restore(const Silences& silences, Timestamp known_until) {
  for (const auto& silence : silences.all())
    if (silence.ends_at > known_until) unexpired_.set(silence.id, silence.ends_at);
}

std::vector<AuditEvent> SilenceTransitions::update(const SilenceChanges& changes, Timestamp now) {
  std::vector<AuditEvent> events;
  for (const auto& silence : changes.silences) {
    if (silence.state(now) == Silence::State::expired) {
      if (unexpired_.erase(silence.id)) events.push_back(of_silence("silence.expired", silence.ends_at, silence));
      continue;
    }
    const bool added = unexpired_.set(silence.id, silence.ends_at);
    events.push_back(
        of_silence(added ? EventKind("silence.created") : EventKind("silence.changed"), silence.updated_at, silence));
  }
  return events;
}

std::vector<AuditEvent> SilenceTransitions::advance(const Silences& silences, Timestamp now) {
  std::vector<AuditEvent> events;
  while (const auto ended = unexpired_.pop_ended(now))
    if (const auto* silence = silences.find(ended->second))
      events.push_back(of_silence("silence.expired", ended->first, *silence));
  return events;
}

std::vector<AuditEvent> MaintenanceTransitions::update(std::vector<Maintenance::Reason> active, Timestamp now) {
  const auto before = std::exchange(active_, std::move(active));
  if (!before || before == active_) return {};
  std::vector<AuditEvent> events;
  const auto tell = [&](EventKind kind, const auto& reasons, const auto& others) {
    for (const auto& reason : reasons)
      if (std::ranges::find(others, reason) == others.end()) events.push_back(of_maintenance(kind, now, reason));
  };
  tell("maintenance.ended", *before, *active_);
  tell("maintenance.began", *active_, *before);
  return events;
}

}  // namespace a2od
