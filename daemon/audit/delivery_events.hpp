// What became of messages, and whom they were for beside the first, as events.
#pragma once

#include "daemon/audit/event.hpp"
#include "daemon/notify/delivery.hpp"
#include "daemon/notify/dispatcher.hpp"
#include "daemon/notify/notify.hpp"

#include <cstddef>
#include <string_view>

namespace a2od {

/// What a body says.
struct MessageSummary {
  Labels labels;  ///< those that all of its alerts share
  std::size_t firing = 0;
  std::size_t resolved = 0;
};
/// Takes long for a large body: on the pool.
[[nodiscard]] MessageSummary summary_of(const Message& message);

/// One attempt to deliver, and its answer.
[[nodiscard]] AuditEvent delivery_event(const Message& message, const MessageSummary& summary,
                                        const DeliveryResult& result, Milliseconds took, Timestamp now);

[[nodiscard]] AuditEvent escalation_event(const Escalation& escalation, Timestamp now);

/// A message that was given up; `reason` is one of kDropReasons.
[[nodiscard]] AuditEvent drop_event(const Message& message, std::string_view reason, Timestamp now);

}  // namespace a2od
