// /api/v1/rules and /api/v1/alerts.
#pragma once

#include "daemon/engine/engine.hpp"
#include "daemon/web/api/parameters.hpp"
#include "daemon/web/api/reply.hpp"

#include <span>

namespace a2od {

/// As Prometheus answers them, with its parameters `type`, `rule_name[]`, `rule_group[]`, `file[]` and
/// `exclude_alerts`; an alert that is held says so in a field of its own.
[[nodiscard]] ApiReply answer_rules(std::span<const GroupReport> groups, const Parameters& parameters);
[[nodiscard]] ApiReply answer_alerts(std::span<const GroupReport> groups);

}  // namespace a2od
