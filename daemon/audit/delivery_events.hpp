// What became of messages, as events.
#pragma once

#include "daemon/audit/event.hpp"
#include "daemon/notify/delivery.hpp"
#include "daemon/notify/notify.hpp"

#include <string_view>

namespace a2od {

/// One attempt to deliver, and its answer. Reads the body: on the pool.
[[nodiscard]] AuditEvent delivery_event(const Message& message, const DeliveryResult& result, Milliseconds took,
                                        Timestamp now);

/// A message that was given up; `reason` is one of kDropReasons.
[[nodiscard]] AuditEvent drop_event(const Message& message, std::string_view reason, Timestamp now);

}  // namespace a2od
