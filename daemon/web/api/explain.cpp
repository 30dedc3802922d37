#include "daemon/web/api/explain.hpp"

#include <boost/json/array.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace a2od {

namespace json = boost::json;

namespace {

constexpr std::size_t kMostParts = 50;
constexpr std::size_t kMostSeries = 5;

double seconds(auto duration) { return std::chrono::duration<double>(duration).count(); }

json::value time_of(std::optional<Timestamp> time) {
  return time ? json::value(format_time(*time)) : json::value(nullptr);
}

json::array list_of(const auto& texts) {
  json::array list;
  for (const auto& text : texts) list.emplace_back(text);
  return list;
}

json::object text_map(const std::map<std::string, std::string>& texts) {
  json::object object;
  for (const auto& [name, value] : texts) object[name] = value;
  return object;
}

/// Which series of a result have to do with the alert: those that do not differ in a label that both have, but for
/// labels that the rule sets itself.
struct Concerns {
  const Labels& alert;
  const std::set<std::string>& given;

  [[nodiscard]] bool operator()(const Labels& series) const {
    return std::ranges::all_of(series.pairs(), [&](const Labels::Pair& pair) {
      const auto& [name, value] = pair;
      if (name == kMetricName || given.contains(std::string(name))) return true;
      const auto own = alert.get(name);
      return own.empty() || own == value;
    });
  }
};

struct PartValue {
  const Concerns& concerns;
  json::object& out;

  void operator()(const promql::Scalar& scalar) const {
    out["type"] = "scalar";
    out["value"] = format_value(scalar.value);
  }
  void operator()(const std::string& text) const {
    out["type"] = "string";
    out["value"] = text;
  }
  void operator()(const promql::Vector& vector) const {
    out["type"] = "vector";
    add(vector, [](const promql::VectorSample& sample) {
      return json::object{{"labels", label_object(sample.labels)}, {"value", format_value(sample.value)}};
    });
  }
  void operator()(const promql::Matrix& matrix) const {
    out["type"] = "matrix";
    add(matrix, [](const promql::MatrixSeries& series) {
      json::object shown{{"labels", label_object(series.labels)}, {"samples", series.points.size()}};
      if (!series.points.empty()) {
        shown["value"] = format_value(series.points.back().value);
        shown["at"] = format_time(series.points.back().at);
      }
      return shown;
    });
  }

 private:
  void add(const auto& all, const auto& show) const {
    json::array shown;
    std::size_t concerned = 0;
    for (const auto& one : all)
      if (concerns(one.labels) && ++concerned <= kMostSeries) shown.push_back(show(one));
    out["series"] = std::move(shown);
    out["concerned"] = concerned;
    out["total"] = all.size();
  }
};

/// One part of an expression: its text, and what it yields for the alert, or why it does not.
json::object evaluated(const promql::ExpressionPart& part, const SeriesSource& source, Timestamp at,
                       const promql::EvaluationLimits& limits, const Concerns& concerns) {
  json::object out{{"expression", part.text}, {"depth", part.depth}};
  auto expression = promql::Expression::parse(part.text);
  if (!expression) {
    out["error"] = expression.error().message;
    return out;
  }
  const auto series = source.covering(expression->reads(at, at, Milliseconds{0}, limits), limits);
  if (!series) {
    out["error"] = series.error().message;
    return out;
  }
  const auto value = expression->evaluate(series->series, at, limits);
  if (value)
    std::visit(PartValue{concerns, out}, *value);
  else
    out["error"] = value.error().message;
  return out;
}

json::array parts_of(const ExplainedRule& rule, const Labels& labels, const SeriesSource& source, Timestamp now,
                     const promql::EvaluationLimits& limits) {
  json::array parts;
  const auto expression = promql::Expression::parse(rule.rule.expression);
  if (!expression) return parts;
  const Concerns concerns{labels, rule.labels_given};
  for (const auto& part : expression->parts(kMostParts))
    parts.push_back(evaluated(part, source, now - rule.query_offset, limits, concerns));
  return parts;
}

json::object object_of(const ExplainedInput& input, const std::vector<TargetRow>& targets) {
  json::object out{
      {"series", input.series.to_string()},        {"collector", input.collector}, {"tenant", input.tenant},
      {"environment", input.environment},          {"part", input.part},           {"ok", input.ok},
      {"deliveredAt", time_of(input.delivered_at)}};
  if (const auto* run = run_of(input, targets)) {
    out["outcome"] = run->outcome;
    out["error"] = run->error;
    out["finishedAt"] = time_of(run->finished);
  }
  return out;
}

json::object object_of(const ActiveAlert& alert) {
  return {{"state", alert.state == AlertState::inactive ? "resolved" : to_string(alert.state)},
          {"labels", label_object(alert.labels)},
          {"annotations", text_map(alert.annotations)},
          {"value", format_value(alert.value)},
          {"activeAt", format_time(alert.active_at)},
          {"firedAt", time_of(alert.fired_at)},
          {"resolvedAt", time_of(alert.resolved_at)},
          {"keepFiringSince", time_of(alert.keep_firing_since)},
          {"held", alert.held}};
}

json::object object_of(const ExplainedRule& rule, const Explanation& explanation, json::array parts) {
  json::array inputs;
  for (const auto& input : rule.inputs) inputs.push_back(object_of(input, explanation.targets));
  return {
      {"file", rule.file},
      {"group", rule.group},
      {"line", rule.rule.position.line},
      {"name", rule.rule.alert},
      {"query", rule.rule.expression},
      {"interval", seconds(rule.interval)},
      {"duration", seconds(rule.rule.hold_for)},
      {"keepFiringFor", seconds(rule.rule.keep_firing_for)},
      {"lastEvaluation", rule.last_evaluation == Timestamp{} ? json::value(nullptr) : time_of(rule.last_evaluation)},
      {"lastError", rule.last_error.value_or("")},
      {"waitsFor", list_of(rule.waits_for)},
      {"alert", rule.alert ? json::value(object_of(*rule.alert)) : json::value(nullptr)},
      {"parts", std::move(parts)},
      {"inputs", std::move(inputs)},
      {"moreInputs", rule.more_inputs}};
}

json::object object_of(const ExplainedIntegration& one) {
  return {{"receiver", one.to.receiver},       {"by", one.to.kind},
          {"integration", one.to.index},       {"routed", one.routed},
          {"sendResolved", one.send_resolved}, {"toldAt", time_of(one.told_at)},
          {"toldFiring", one.told_firing},     {"toldResolved", one.told_resolved},
          {"nextAt", time_of(one.next)},       {"why", one.why}};
}

json::object object_of(const ExplainedMessage& message) {
  return {{"receiver", message.to.receiver},
          {"by", message.to.kind},
          {"integration", message.to.index},
          {"message", message.id},
          {"createdAt", format_time(message.created)},
          {"attempts", message.attempts},
          {"inFlight", message.in_flight},
          {"nextTryAt", time_of(message.next_try)},
          {"misconfigured", message.misconfigured},
          {"lastError", message.last_error}};
}

json::object object_of(const ExplainedEscalation& next) {
  return {
      {"step", next.step}, {"after", seconds(next.after)}, {"receiver", next.receiver}, {"dueAt", time_of(next.due)}};
}

json::object object_of(const ExplainedRoute& route) {
  json::array integrations;
  for (const auto& one : route.integrations) integrations.push_back(object_of(one));
  json::array outbox;
  for (const auto& message : route.outbox) outbox.push_back(object_of(message));
  return {{"path", list_of(route.path)},
          {"receiver", route.receiver},
          {"group", route.group},
          {"groupLabels", label_object(route.group_labels)},
          {"groupWait", seconds(route.group_wait)},
          {"groupInterval", seconds(route.group_interval)},
          {"repeatInterval", seconds(route.repeat_interval)},
          {"mutedBy", list_of(route.muted_by)},
          {"inGroup", route.exists},
          {"alertsInGroup", route.alerts},
          {"nextFlushAt", time_of(route.next_flush)},
          {"integrations", std::move(integrations)},
          {"escalation", route.escalation ? json::value(object_of(*route.escalation)) : json::value(nullptr)},
          {"outbox", std::move(outbox)}};
}

json::object object_of(const ExplainedRouting& routing) {
  json::array silences;
  for (const auto& silence : routing.silences)
    silences.push_back(json::object{{"id", silence.id},
                                    {"createdBy", silence.created_by},
                                    {"comment", silence.comment},
                                    {"endsAt", format_time(silence.ends_at)}});
  json::array inhibited_by;
  for (const auto& labels : routing.inhibited_by)
    inhibited_by.push_back(json::object{{"fingerprint", fingerprint(labels)}, {"labels", label_object(labels)}});
  json::array routes;
  for (const auto& route : routing.routes) routes.push_back(object_of(route));
  return {{"known", routing.alert.has_value()},
          {"startsAt", routing.alert ? time_of(routing.alert->starts_at) : json::value(nullptr)},
          {"endsAt", routing.alert ? time_of(routing.ends_at) : json::value(nullptr)},
          {"silencedBy", std::move(silences)},
          {"maintenance", list_of(routing.maintenance)},
          {"inhibitedBy", std::move(inhibited_by)},
          {"learningUntil", time_of(routing.learning_until)},
          {"heldUntil", time_of(routing.held_until)},
          {"waitsUntil", time_of(routing.waits_until)},
          {"routes", std::move(routes)}};
}

}  // namespace

ApiReply answer_explain(const SeriesSource& source, const Explanation& explanation, Timestamp now,
                        const promql::EvaluationLimits& limits) {
  json::array rules;
  for (const auto& rule : explanation.rules)
    rules.push_back(object_of(rule, explanation, parts_of(rule, explanation.labels, source, now, limits)));
  return api_success(json::object{{"fingerprint", fingerprint(explanation.labels)},
                                  {"labels", label_object(explanation.labels)},
                                  {"at", format_time(now)},
                                  {"findings", list_of(findings(explanation, now))},
                                  {"rules", std::move(rules)},
                                  {"notification", object_of(explanation.routing)}});
}

}  // namespace a2od
