// Alertmanager's API: alerts and their groups as they are routed, receivers, status; and alerts from other senders.
#pragma once

#include "daemon/notify/dispatcher.hpp"
#include "daemon/web/api/parameters.hpp"
#include "daemon/web/api/reply.hpp"
#include "daemon/web/api/status.hpp"
#include "rules/alerting/alert.hpp"

#include <span>
#include <string_view>
#include <vector>

namespace a2od {

/// `filter` (matchers, each must match), `receiver` (a regular expression), `receiver_matchers`, `active`, `silenced`,
/// `inhibited` and `muted` as in Alertmanager. Alerts that have ended are left out; no receiver has labels.
[[nodiscard]] ApiReply answer_v2_alerts(const DispatcherView& view, const Parameters& parameters, Timestamp now);
[[nodiscard]] ApiReply answer_v2_alert_groups(const DispatcherView& view, const Parameters& parameters, Timestamp now);
[[nodiscard]] ApiReply answer_v2_receivers(std::span<const ReceiverConfig> receivers);
[[nodiscard]] ApiReply answer_v2_status(const ServerStatus& status);

struct PostedAlerts {
  std::vector<AlertNotice> alerts;
  ApiReply reply;  ///< an error where some are not valid: the others are received all the same
};
/// A POST's body. An alert that names no end holds for `resolve_timeout`.
[[nodiscard]] PostedAlerts read_posted_alerts(std::string_view body, Milliseconds resolve_timeout, Timestamp now);

}  // namespace a2od
