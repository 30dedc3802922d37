// Why alerts are expected now.
#pragma once

#include "daemon/notify/maintenance.hpp"
#include "daemon/web/api/reply.hpp"

namespace a2od {

/// Windows that are open and environments that are worked on, each with the id that `silencedBy` of alerts has.
[[nodiscard]] ApiReply answer_maintenance(const Maintenance& maintenance, Timestamp now);

}  // namespace a2od
