#include "daemon/audit/journal.hpp"

#include <algorithm>
#include <utility>

namespace a2od {

void Journal::record(const AuditEvent& event) {
  ++recorded_;
  add(row_of(event));
}

/// Once some are lost, those that follow are too, until a batch is written: the gap is one, and its place is known.
void Journal::add(EventRow event) {
  const bool full = waiting_.events.size() >= limits_.events || bytes_ + event.bytes() > limits_.bytes;
  if (full || waiting_.lost > 0) {
    ++lost_;
    ++waiting_.lost;
    waiting_.lost_until = std::max(waiting_.lost_until, event.at);
    return;
  }
  bytes_ += event.bytes();
  waiting_.events.push_back(std::move(event));
}

void Journal::record(std::span<const AuditEvent> events) {
  for (const auto& event : events) record(event);
}

EventBatch Journal::take() {
  bytes_ = 0;
  return std::exchange(waiting_, {});
}

void Journal::put_back(EventBatch batch) {
  auto newer = std::exchange(waiting_, std::move(batch));
  bytes_ = 0;
  for (const auto& event : waiting_.events) bytes_ += event.bytes();
  for (auto& event : newer.events) add(std::move(event));
  waiting_.lost += newer.lost;
  waiting_.lost_until = std::max(waiting_.lost_until, newer.lost_until);
}

}  // namespace a2od
