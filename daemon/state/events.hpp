// The audit's table in the state database: events are appended, and the oldest go; none is ever changed.
#pragma once

#include "config/matcher.hpp"
#include "config/result.hpp"
#include "daemon/audit/journal.hpp"
#include "daemon/state/database.hpp"

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string_view>
#include <vector>

namespace a2od {

/// In the order given, with ids that ascend and are never given twice; what was lost as an event of its own.
void append(Database& database, const EventBatch& batch);

struct EventRetention {
  Milliseconds age{};
  std::uint64_t count = 0;
};

/// Deletes at most `most` of the oldest that are beyond the retention; how many that were.
std::uint64_t forget_events(Database& database, const EventRetention& retention, std::uint64_t most, Timestamp now);

/// The time of the latest event; nothing without any.
[[nodiscard]] std::optional<Timestamp> newest_event(Database& database);

struct EventQuery {
  std::vector<std::string_view> kinds{};  ///< none: all
  std::optional<Timestamp> start{};       ///< inclusive
  std::optional<Timestamp> end{};         ///< exclusive
  std::optional<std::uint64_t> after{};   ///< ids above
  std::optional<std::uint64_t> before{};  ///< ids below
  bool newest_first = true;
  const std::atomic<bool>* cancelled = nullptr;
};

struct StoredEvent {
  std::uint64_t id = 0;
  Timestamp at;
  std::string_view kind;     ///< until the visitor returns, as the other two
  std::string_view labels;   ///< a JSON object
  std::string_view details;  ///< a JSON object
};

/// Until the visitor returns false or the query is cancelled. On a connection of its own, so from any thread while the
/// daemon writes. Throws std::runtime_error that says why it cannot be read.
void visit_events(const std::filesystem::path& database, const EventQuery& query,
                  const std::function<bool(const StoredEvent&)>& visitor);

}  // namespace a2od
