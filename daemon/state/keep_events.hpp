// The loop that sees to it that events reach the disk soon, and that the oldest leave it.
#pragma once

#include "daemon/audit/journal.hpp"
#include "daemon/self_metrics.hpp"
#include "daemon/state/events.hpp"
#include "daemon/state/state_writer.hpp"

#include <boost/asio/awaitable.hpp>

#include <functional>

namespace a2od {

struct EventKeeping {
  Journal& journal;
  StateWriter& state;
  SelfMetrics& metrics;
  std::function<Timestamp()> now;
  EventRetention retention;
};

/// Until cancelled: writes each second what waits and nobody took along, and deletes a few that are beyond the
/// retention.
boost::asio::awaitable<void> keep_events(EventKeeping with);

/// What waits, at once: before the end.
boost::asio::awaitable<void> write_events(StateWriter& state);

}  // namespace a2od
