// What the dispatcher does with one alert, or would do, and why.
#include "config/matchers.hpp"
#include "daemon/notify/dispatcher.hpp"
#include "daemon/notify/webhook_body.hpp"

#include <algorithm>
#include <ranges>
#include <utility>

namespace a2od {
namespace {

/// When an integration that was told of the alert, or was not yet, hears of it next; `flush` and `repeat` are the
/// group's. `attended`: all of the group is acknowledged. `escalates`: a step of the route leads to it.
void foretell(ExplainedIntegration& one, bool fires, bool attended, bool escalates, Timestamp flush,
              std::optional<Timestamp> repeat) {
  if (fires && !one.routed && escalates) {
    one.why = "it was escalated to, which is over: its end will be told";
  } else if (fires && !one.routed) {
    one.why = "no route leads there any more: its end will be told";
  } else if (fires && !one.told_firing) {
    one.next = flush;
    one.why = "it has not been told that the alert fires";
  } else if (fires && attended) {
    one.why = "all that fires in its group is acknowledged";
  } else if (fires) {
    one.next = repeat;
    one.why = repeat ? "a repetition, if it still fires" : "repetitions wait for a sign that it still fires";
  } else if (one.told_firing && one.send_resolved) {
    one.next = flush;
    one.end_owed = true;
    one.why = "its end is owed";
  } else {
    one.why = one.told_firing ? "send_resolved is off" : "it was never told that the alert fires";
  }
}

}  // namespace

/// The first step that was not taken for it.
std::optional<ExplainedEscalation> Dispatcher::explain_escalation(const Group& group, const std::string& alert) const {
  const auto& steps = group.route->config.escalate;
  const auto& acknowledgement = alerts_.at(alert).alert.acknowledgement;
  const auto since = told_since(group, alert);
  for (std::size_t i = 0; i < steps.size(); ++i) {
    if (since && was_told(group, steps[i].receiver, alert)) continue;
    ExplainedEscalation next{.step = i + 1, .after = steps[i].after, .receiver = steps[i].receiver};
    if (since) next.due = std::max(*since + steps[i].after, acknowledgement ? acknowledgement->expires_at : *since);
    return next;
  }
  return std::nullopt;
}

std::vector<Labels> Dispatcher::matching(const AlertChoice& choice, std::size_t most) const {
  std::vector<Labels> found;
  if (!choice.fingerprint.empty()) {
    const auto known = alerts_.find(choice.fingerprint);
    if (known != alerts_.end()) found.push_back(known->second.alert.labels);
    return found;
  }
  for (const auto& [id, known] : alerts_) {
    if (found.size() >= most) break;
    if (choice.matches(known.alert.labels)) found.push_back(known.alert.labels);
  }
  return found;
}

ExplainedRouting Dispatcher::explain(const Labels& labels, Timestamp now) const {
  ExplainedRouting routing{.labels = labels};
  const auto known = alerts_.find(fingerprint(labels));
  Suppression found;
  if (known != alerts_.end()) {
    routing.alert = known->second.alert;
    routing.ends_at = end_of(known->second.alert);
    found = suppression(known->second, now);
  } else {
    Silences::Known no_silences;
    Maintenance::Known no_maintenance;
    found.silenced_by = silenced_by(labels, now, no_silences, no_maintenance);
    const auto source = inhibition_.inhibiting(labels, [&](const std::string& id) {
      const auto other = alerts_.find(id);
      return other != alerts_.end() && end_of(other->second.alert) > now;
    });
    if (source) found.inhibited_by.push_back(*source);
  }
  for (const auto& id : found.silenced_by) {
    const auto* silence = options_.silences == nullptr ? nullptr : options_.silences->find(id);
    if (silence != nullptr)
      routing.silences.push_back({id, silence->created_by, silence->comment, silence->ends_at});
    else
      routing.maintenance.push_back(id);
  }
  for (const auto& id : found.inhibited_by) routing.inhibited_by.push_back(alerts_.at(id).alert.labels);
  if (hold_until_ > now && (!routing.alert || is_held(*routing.alert))) routing.held_until = hold_until_;
  if (routing.alert && end_of(*routing.alert) > now && waits(*routing.alert, now)) routing.waits_until = await_until_;
  for (const auto& place : places_of(labels)) routing.routes.push_back(explain(place, labels, now));
  return routing;
}

ExplainedRoute Dispatcher::explain(const Place& place, const Labels& labels, Timestamp now) const {
  const auto& route = *place.route;
  ExplainedRoute about{.path = path_to(route),
                       .receiver = route.config.receiver,
                       .group = place.group,
                       .group_labels = group_labels(labels, route.config.group_by),
                       .group_wait = route.config.group_wait,
                       .group_interval = route.group_interval(),
                       .repeat_interval = route.repeat_interval(),
                       .muted_by = muted_by(route, now),
                       .escalate = route.config.escalate};
  const auto id = fingerprint(labels);
  const auto found = groups_.find(place.group);
  if (found == groups_.end() || !found->second.alerts.contains(id)) return about;
  const auto& group = found->second;
  about.exists = true;
  about.alerts = group.alerts.size();
  about.next_flush = std::max(group.saved.next_flush, now);
  const bool fires = end_of(alerts_.at(id).alert) > now;
  Fingerprints firing;
  for (const auto& other : group.alerts)
    if (end_of(alerts_.at(other).alert) > now) firing.push_back(other);
  const bool attended = unattended(firing, now).empty();
  if (fires) about.escalation = explain_escalation(group, id);
  for (const auto& target : targets(group, now)) {
    ExplainedIntegration one{.to = target.to, .routed = target.routed, .send_resolved = sends_resolved(*target.config)};
    std::optional<Timestamp> repeat;
    if (const auto told = group.saved.ledger.find(target.to); told != group.saved.ledger.end()) {
      one.told_at = told->second.time;
      one.told_firing = std::ranges::binary_search(told->second.firing, id);
      one.told_resolved = std::ranges::binary_search(told->second.resolved, id);
      if (group.confirmed) repeat = std::max(told->second.time + route.repeat_interval(), group.no_repeat_before);
    }
    const bool escalates = std::ranges::any_of(route.config.escalate,
                                               [&](const auto& step) { return step.receiver == target.to.receiver; });
    foretell(one, fires, attended, escalates, *about.next_flush, repeat);
    about.integrations.push_back(std::move(one));
  }
  return about;
}

/// The matchers of the routes above it and its own.
std::vector<std::string> Dispatcher::path_to(const Route& route) const {
  std::vector<std::string> path;
  const auto all = routes_.all();
  for (auto place = static_cast<std::size_t>(&route - all.data());;) {
    path.push_back(matchers_text(all[place].config.matchers));
    const auto above = std::ranges::find_if(
        all, [&](const Route& other) { return std::ranges::find(other.below, place) != other.below.end(); });
    if (above == all.end()) break;
    place = static_cast<std::size_t>(above - all.begin());
  }
  std::ranges::reverse(path);
  return path;
}

}  // namespace a2od
