// /api/v1/events: what happened to alerts, silences and messages.
#pragma once

#include "daemon/web/api/parameters.hpp"
#include "daemon/web/api/reply.hpp"

#include <atomic>
#include <filesystem>

namespace a2od {

/// One JSON object a line: id, at, kind, labels, details. Parameters, all optional:
/// - `start`, `end`: from then on, and until before then
/// - `kind`: alert.firing, or alert for all that begin so; may be given several times
/// - `match[]`: {tenant="contoso",severity=~"page|ticket"}, of the labels; one of several must match
/// - `after`, `before`: ids above and below: the id of the last line leads to the next page, and follows what is new
/// - `order`: `newest` or `oldest` first; the standard is newest, with `after` oldest
/// - `limit`: 1 to 10,000, 1,000 if not given; fewer come where they would be more than 16 MiB
/// Reads from the disk, on the queries' pool. Errors are a JSON object, as of the rest of /api/v1.
[[nodiscard]] ApiReply answer_events(const std::filesystem::path& database, const Parameters& parameters,
                                     const std::atomic<bool>* cancelled);

}  // namespace a2od
