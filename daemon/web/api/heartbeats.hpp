// Dead man's switches over HTTP: one that comes, and how all of them are.
#pragma once

#include "daemon/notify/heartbeats.hpp"
#include "daemon/web/api/reply.hpp"

#include <expected>
#include <string>
#include <string_view>

namespace a2od {

struct ReceivedHeartbeat {
  std::string name;
  Beat beat;
};

/// `path` is what stands behind /api/v1/heartbeat/: a name, `NAME/fail`, or `NAME/STATUS` with the exit status of a
/// program. `text` is for people.
[[nodiscard]] std::expected<ReceivedHeartbeat, ApiReply> read_heartbeat(std::string_view path, std::string text);

/// How the one that came stands now, or that there is none of that name.
[[nodiscard]] ApiReply answer_heartbeat(const Result<void>& received, const Heartbeats& heartbeats,
                                        std::string_view name, Timestamp now);
[[nodiscard]] ApiReply answer_heartbeats(const Heartbeats& heartbeats, Timestamp now);

}  // namespace a2od
