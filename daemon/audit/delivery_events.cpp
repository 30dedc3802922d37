#include "daemon/audit/delivery_events.hpp"

#include "collectors/cloud/json.hpp"
#include "config/duration.hpp"

#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

namespace a2od {
namespace {

namespace json = boost::json;

Labels common_labels(const json::value& body) {
  const auto* common = cloud::get_object(body, "commonLabels");
  if (common == nullptr) return {};
  std::vector<Labels::Pair> pairs;
  for (const auto& [name, value] : *common)
    if (value.is_string()) pairs.emplace_back(name, std::string_view(value.as_string()));
  return Labels::from(std::move(pairs));
}

std::size_t count(const json::value& body, std::string_view status) {
  std::size_t found = 0;
  if (const auto* alerts = cloud::get_array(body, "alerts"))
    for (const auto& alert : *alerts)
      if (cloud::get_string(alert, "status") == status) ++found;
  return found;
}

AuditEvent about(EventKind kind, const Message& message, const MessageSummary& summary, Timestamp now) {
  return {now,
          kind,
          summary.labels,
          {{"receiver", message.to.receiver},
           {"by", message.to.kind},
           {"integration", message.to.index},
           {"group", message.group_key},
           {"message", message.id},
           {"firing", summary.firing},
           {"resolved", summary.resolved}}};
}

}  // namespace

MessageSummary summary_of(const Message& message) {
  const auto body = cloud::parse_json(message.body).value_or(json::value());
  return {common_labels(body), count(body, "firing"), count(body, "resolved")};
}

AuditEvent delivery_event(const Message& message, const MessageSummary& summary, const DeliveryResult& result,
                          Milliseconds took, Timestamp now) {
  const auto verdict = classify(result);
  const auto kind = verdict == Verdict::delivered ? EventKind("delivery.accepted") : EventKind("delivery.failed");
  auto event = about(kind, message, summary, now);
  event.details["attempt"] = message.attempts + 1;
  event.details["verdict"] = name_of(verdict);
  event.details["milliseconds"] = took.count();
  if (result.status != 0) event.details["status"] = result.status;
  if (!result.error.empty()) event.details["error"] = result.error;
  if (result.retry_after) event.details["retry_after_milliseconds"] = result.retry_after->count();
  return event;
}

AuditEvent escalation_event(const Escalation& escalation, Timestamp now) {
  return {now,
          "alert.escalated",
          escalation.labels,
          {{"step", escalation.step},
           {"after", format_duration(escalation.after)},
           {"receiver", escalation.receiver},
           {"group", escalation.group}}};
}

AuditEvent drop_event(const Message& message, std::string_view reason, Timestamp now) {
  auto event = about("message.dropped", message, summary_of(message), now);
  event.details["reason"] = reason;
  event.details["attempts"] = message.attempts;
  if (!message.last_error.empty()) event.details["last_error"] = message.last_error;
  return event;
}

}  // namespace a2od
