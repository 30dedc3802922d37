// What waits in the outbox for one group, and why.
#include "daemon/notify/outbox.hpp"

#include <algorithm>

namespace a2od {

std::vector<ExplainedMessage> Outbox::explain(const std::string& group_key) const {
  std::vector<ExplainedMessage> found;
  for (const auto& [to, queue] : queues_) {
    const auto add = [&](const Message& message, bool in_flight) {
      found.push_back({.to = to,
                       .id = message.id,
                       .created = message.created,
                       .attempts = message.attempts,
                       .in_flight = in_flight,
                       .next_try = std::max(message.next_try, queue.paused_until),
                       .misconfigured = queue.misconfigured,
                       .last_error = message.last_error.empty() ? queue.last_error : message.last_error});
    };
    for (const auto& [id, flight] : queue.in_flight)
      if (flight.message.group_key == group_key) add(flight.message, true);
    if (const auto waiting = queue.waiting.find(group_key); waiting != queue.waiting.end()) add(waiting->second, false);
  }
  return found;
}

}  // namespace a2od
