// Events on their way to the disk: bounded, and counted where they could not be kept. No clock, socket, thread or file.
#pragma once

#include "daemon/audit/event.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace a2od {

/// Of what waits; beyond it new events are lost.
struct JournalLimits {
  std::size_t events = 10'000;
  std::size_t bytes = 16U << 20U;
};

/// What is written at once: the events, and that others between them and the next batch were lost.
struct EventBatch {
  std::vector<EventRow> events{};
  std::uint64_t lost = 0;
  Timestamp lost_until{};  ///< when the latest of them happened
  [[nodiscard]] bool empty() const { return events.empty() && lost == 0; }
};

/// On the event loop. Who writes to the state database takes along what waits here (StateWriter), so that an event is
/// durable together with what it tells of.
class Journal {
 public:
  explicit Journal(JournalLimits limits = {}) : limits_(limits) {}

  void record(const AuditEvent& event);
  void record(std::span<const AuditEvent> events);

  /// All that waits.
  [[nodiscard]] EventBatch take();
  /// What could not be written, before all that came since.
  void put_back(EventBatch batch);

  [[nodiscard]] bool empty() const { return waiting_.empty(); }
  [[nodiscard]] std::size_t waiting() const { return waiting_.events.size(); }
  [[nodiscard]] std::uint64_t recorded() const { return recorded_; }
  [[nodiscard]] std::uint64_t lost() const { return lost_; }

 private:
  void add(EventRow event);

  JournalLimits limits_;
  EventBatch waiting_;
  std::size_t bytes_ = 0;
  std::uint64_t recorded_ = 0;
  std::uint64_t lost_ = 0;
};

}  // namespace a2od
