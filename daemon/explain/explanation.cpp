#include "daemon/explain/explanation.hpp"

#include "config/duration.hpp"
#include "config/quote.hpp"
#include "daemon/notify/flapping.hpp"
#include "daemon/web/api/reply.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <set>
#include <string_view>
#include <utility>

namespace a2od {
namespace {

using std::chrono::floor;
using std::chrono::seconds;

constexpr std::size_t kMostNamed = 10;

std::string text_of(Timestamp at) { return format_time(at).substr(0, 19) + "Z"; }

std::string length(Milliseconds duration) { return format_duration(floor<seconds>(duration)); }

/// "2026-11-27T04:12:05Z, 12m5s ago"
std::string since(Timestamp at, Timestamp now) { return fmt::format("{}, {} ago", text_of(at), length(now - at)); }

std::string at_or_now(Timestamp at, Timestamp now) {
  return at <= now ? "now" : fmt::format("at {}, in {}", text_of(at), length(at - now));
}

std::string name_of(const Integration& to) { return fmt::format("{} ({})", quote(to.receiver), describe(to)); }

bool is_active(const ExplainedRule& rule) { return rule.alert && rule.alert->state != AlertState::inactive; }

std::string line_of(const ExplainedRule& rule) {
  return fmt::format("{}, line {}", rule.file, rule.rule.position.line);
}

void add_state(const ExplainedRule& rule, Timestamp now, std::vector<std::string>& out) {
  const auto& alert = rule.alert;
  if (!alert) {
    out.push_back(fmt::format(
        "No alert of the rule in {} has these labels now: its expression yields nothing for them.", line_of(rule)));
    return;
  }
  switch (alert->state) {
    case AlertState::inactive:
      out.push_back(alert->resolved_at ? fmt::format("It was resolved at {}.", since(*alert->resolved_at, now))
                                       : "It is inactive.");
      return;
    case AlertState::pending: {
      const auto left = alert->active_at + rule.rule.hold_for - now;
      out.push_back(fmt::format("It is pending since {}: nobody is told. {}", since(alert->active_at, now),
                                alert->held           ? "While it is held the time does not count."
                                : left <= left.zero() ? "It fires at the next evaluation, if its expression holds then."
                                                      : fmt::format("It fires in {} if its expression holds until "
                                                                    "then (for: {}).",
                                                                    length(left), length(rule.rule.hold_for))));
      return;
    }
    case AlertState::firing:
      out.push_back(fmt::format("It fires since {}; its value is {}.",
                                since(alert->fired_at.value_or(alert->active_at), now), format_value(alert->value)));
      if (alert->keep_firing_since)
        out.push_back(fmt::format(
            "Its expression does not hold since {}: it is kept firing until {} "
            "(keep_firing_for: {}).",
            since(*alert->keep_firing_since, now), text_of(*alert->keep_firing_since + rule.rule.keep_firing_for),
            length(rule.rule.keep_firing_for)));
      return;
  }
}

/// "dataverse of environment 'prod' of tenant 'contoso' (unreachable: connection refused)"
std::string source_of(const ExplainedInput& input, std::span<const TargetRow> targets) {
  if (input.collector.empty()) return "the collection that brings " + input.series.to_string();
  auto text = input.collector;
  if (!input.environment.empty()) text += " of environment " + quote(input.environment);
  if (!input.tenant.empty()) text += " of tenant " + quote(input.tenant);
  const auto* run = run_of(input, targets);
  if (run == nullptr || run->outcome.empty()) return text;
  return fmt::format("{} ({}{})", text, run->outcome, run->error.empty() ? "" : ": " + run->error);
}

void add_holds(const Explanation& explanation, const ExplainedRule& rule, Timestamp now,
               std::vector<std::string>& out) {
  if (!rule.waits_for.empty())
    out.push_back(fmt::format("Its rule group is not evaluated yet: it waits for the first runs of {}.",
                              fmt::join(rule.waits_for, ", ")));
  if (rule.last_error)
    out.push_back(fmt::format("Its rule failed at {}: {}.", since(rule.last_evaluation, now), *rule.last_error));
  if (!is_active(rule) || !rule.alert->held) return;
  std::set<std::string> sources;
  for (const auto& input : rule.inputs)
    if (!input.ok) sources.insert(source_of(input, explanation.targets));
  if (!sources.empty())
    out.push_back(fmt::format("It is held as it was, whatever its expression yields, until this ends well again: {}.",
                              fmt::join(sources, "; ")));
  else if (rule.last_error)
    out.push_back("It is held as it was until its rule is evaluated without a fault.");
  else
    out.push_back(
        "It is held as it was: after the start its series have no data yet for all the time that its expression looks "
        "back to.");
}

/// nullptr where nobody takes care of it.
const Acknowledgement* acknowledgement_of(const ExplainedRouting& routing, Timestamp now) {
  if (!routing.alert || !routing.alert->acknowledgement || routing.alert->acknowledgement->expires_at <= now)
    return nullptr;
  return &*routing.alert->acknowledgement;
}

void add_suppression(const Explanation& explanation, Timestamp now, std::vector<std::string>& out) {
  const auto& routing = explanation.routing;
  if (routing.learning_until)
    out.push_back(
        fmt::format("Nobody is told of new alerts: a2od is learning until {}.", text_of(*routing.learning_until)));
  for (const auto& silence : routing.silences)
    out.push_back(fmt::format("It is silenced until {}, in {}, by {}: {} (silence {}).", text_of(silence.ends_at),
                              length(silence.ends_at - now), quote(silence.created_by), quote(silence.comment),
                              silence.id));
  for (const auto& id : routing.maintenance)
    out.push_back(fmt::format("It is kept back by maintenance: {}.", id.substr(id.find('/') + 1)));
  for (const auto& labels : routing.inhibited_by)
    out.push_back(fmt::format("It is inhibited by {}, which fires.", labels.to_string()));
  if (routing.waits_until)
    out.push_back(
        fmt::format("It is kept back until the rules that make it, or may inhibit it, were evaluated after the start: "
                    "until {}, in {}, at most.",
                    text_of(*routing.waits_until), length(*routing.waits_until - now)));
  if (const auto* acknowledged = acknowledgement_of(routing, now))
    out.push_back(fmt::format("It is acknowledged until {}, in {}, by {}: {}; it is neither repeated nor escalated.",
                              text_of(acknowledged->expires_at), length(acknowledged->expires_at - now),
                              quote(acknowledged->owner), quote(acknowledged->comment)));
  if (routing.alert && routing.alert->annotations.contains(kFlapping))
    out.push_back("It flaps: " + routing.alert->annotations.at(kFlapping));
  if (routing.held_until && routing.alert)
    out.push_back(fmt::format("As a2od was started a moment ago, it does not end for want of a sign before {}.",
                              text_of(*routing.held_until)));
}

void add_integration(const ExplainedRoute& route, const ExplainedIntegration& one, bool kept_back, Timestamp now,
                     std::vector<std::string>& out) {
  const auto waits = std::ranges::find(route.outbox, one.to, &ExplainedMessage::to);
  auto text = fmt::format("{} ", name_of(one.to));
  if (!one.told_at || (!one.told_firing && !one.told_resolved)) {
    text += "has not been told of it.";
  } else {
    text += fmt::format("{} that it {} at {}.", waits == route.outbox.end() ? "was told" : "is owed the message",
                        one.told_firing ? "fires" : "is resolved", since(*one.told_at, now));
  }
  if (!one.next)
    text += fmt::format(" It is not told again: {}.", one.why);
  else
    text += fmt::format(" {} {}: {}.",
                        kept_back && !one.end_owed ? "Were it not kept back, it would be told" : "It is told next",
                        at_or_now(*one.next, now), one.why);
  out.push_back(std::move(text));
}

void add_message(const ExplainedMessage& message, Timestamp now, std::vector<std::string>& out) {
  auto text = fmt::format("A message for {} waits since {}", name_of(message.to), since(message.created, now));
  if (message.attempts > 0) text += fmt::format("; {} attempts failed", message.attempts);
  if (!message.last_error.empty()) text += fmt::format(", the last: {}", message.last_error);
  text += message.in_flight ? "; it is under way" : fmt::format("; it is tried {}", at_or_now(message.next_try, now));
  if (message.misconfigured) text += ", or at a reload: the receiver refuses us, look at its address and secrets";
  out.push_back(text + ".");
}

void add_escalation(const ExplainedEscalation& next, bool kept_back, Timestamp now, std::vector<std::string>& out) {
  const auto when = next.due ? at_or_now(*next.due, now) : length(next.after) + " after somebody was told of it";
  out.push_back(fmt::format("It is escalated to {} {} (step {}, after {}), unless it ends or is acknowledged before{}.",
                            quote(next.receiver), when, next.step, length(next.after),
                            kept_back ? ", and not while it is kept back" : ""));
}

void add_route(const ExplainedRoute& route, bool kept_back, Timestamp now, std::vector<std::string>& out) {
  if (!route.muted_by.empty())
    out.push_back(
        fmt::format("Its route to {} is muted now, by {}.", quote(route.receiver), fmt::join(route.muted_by, ", ")));
  if (!route.exists) {
    out.push_back(
        fmt::format("It would be told to {}, {} after it fires.", quote(route.receiver), length(route.group_wait)));
  }
  for (const auto& one : route.integrations)
    add_integration(route, one, kept_back || !route.muted_by.empty(), now, out);
  if (route.escalation) add_escalation(*route.escalation, kept_back || !route.muted_by.empty(), now, out);
  for (const auto& message : route.outbox) add_message(message, now, out);
}

/// "Down{…} 1b2c…", for someone who must choose.
std::string listed(const std::map<std::string, Labels>& alerts) {
  std::string text;
  for (std::size_t count = 0; const auto& [id, labels] : alerts) {
    if (count++ == kMostNamed) return text + fmt::format("\n  … and {} more", alerts.size() - kMostNamed);
    text += fmt::format("\n  {}  {}", id, labels.to_string());
  }
  return text;
}

/// What a rule that has no such alert now would give it, as far as that is known.
Labels expected(const AlertChoice& choice, const ExplainedRule& rule) {
  std::map<std::string_view, std::string_view> pairs;
  for (const auto& [name, text] : rule.rule.labels)
    if (!text.contains("{{")) pairs.emplace(name, text);
  for (const auto& matcher : choice.matchers)
    if (matcher.type() == MatchType::equal) pairs.emplace(matcher.name(), matcher.value());
  return Labels::from(std::vector<Labels::Pair>(pairs.begin(), pairs.end()));
}

}  // namespace

Result<Labels> choose(const AlertChoice& choice, std::span<const ExplainedRule> rules,
                      std::span<const Labels> dispatched, const std::map<std::string, std::string>& external) {
  std::map<std::string, Labels> active;
  std::map<std::string, Labels> over;
  for (const auto& rule : rules)
    if (rule.alert) (is_active(rule) ? active : over).emplace(fingerprint(rule.alert->labels), rule.alert->labels);
  for (const auto& labels : dispatched)
    if (const auto id = fingerprint(labels); !over.contains(id)) active.emplace(id, labels);
  const auto& found = active.empty() ? over : active;
  if (found.size() == 1) return found.begin()->second;
  if (found.size() > 1)
    return failure(fmt::format("{} alerts match; name one by its fingerprint, or with more labels:{}", found.size(),
                               listed(found)));
  if (rules.empty()) return failure("there is no such alert, and no rule that could make it");
  return with_external(expected(choice, rules.front()), external);
}

const CollectorCell* run_of(const ExplainedInput& input, std::span<const TargetRow> targets) {
  for (const auto& row : targets) {
    if (row.tenant != input.tenant || row.environment != input.environment) continue;
    const auto cell = std::ranges::find(row.cells, input.collector, &CollectorCell::collector);
    if (cell != row.cells.end()) return &*cell;
  }
  return nullptr;
}

std::vector<std::string> findings(const Explanation& explanation, Timestamp now) {
  std::vector<std::string> out;
  const auto& routing = explanation.routing;
  for (const auto& rule : explanation.rules) {
    add_state(rule, now, out);
    add_holds(explanation, rule, now, out);
  }
  if (explanation.rules.empty() && routing.alert)
    out.push_back(fmt::format("It was sent by another system. It {} {}.",
                              routing.ends_at > now ? "fires since" : "ended at",
                              since(routing.ends_at > now ? routing.alert->starts_at : routing.ends_at, now)));
  add_suppression(explanation, now, out);
  const bool kept_back =
      !routing.silences.empty() || !routing.maintenance.empty() || !routing.inhibited_by.empty() || routing.waits_until;
  for (const auto& route : routing.routes) add_route(route, kept_back, now, out);
  if (routing.routes.empty()) out.push_back("No route leads to a receiver: nobody is told.");
  return out;
}

}  // namespace a2od
