// Alertmanager's API: alerts and their groups as they are routed, receivers, status; and alerts from other senders.
#pragma once

#include "daemon/notify/notifier.hpp"
#include "daemon/web/api/parameters.hpp"
#include "daemon/web/api/reply.hpp"
#include "daemon/web/api/status.hpp"
#include "rules/alerting/alert.hpp"

#include <expected>
#include <string_view>
#include <vector>

namespace a2od {

/// `filter` (matchers, each must match), `receiver` (a regular expression) and `active` as in Alertmanager. Alerts that
/// have ended are left out; none is suppressed.
[[nodiscard]] ApiReply answer_v2_alerts(const Dispatched& dispatched, const Parameters& parameters, Timestamp now);
[[nodiscard]] ApiReply answer_v2_alert_groups(const Dispatched& dispatched, const Parameters& parameters,
                                              Timestamp now);
[[nodiscard]] ApiReply answer_v2_receivers(const Dispatched& dispatched);
[[nodiscard]] ApiReply answer_v2_status(const ServerStatus& status);

/// The alerts of a POST's body; the reply where it is not one.
[[nodiscard]] std::expected<std::vector<AlertNotice>, ApiReply> read_posted_alerts(std::string_view body,
                                                                                   Timestamp now);

}  // namespace a2od
