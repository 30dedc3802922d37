// Alertmanager's API: alerts and their groups as they are routed, receivers, status; and alerts from other senders.
#pragma once

#include "daemon/notify/notifier.hpp"
#include "daemon/web/api/parameters.hpp"
#include "daemon/web/api/reply.hpp"
#include "daemon/web/api/status.hpp"
#include "rules/alerting/alert.hpp"

#include <string_view>
#include <vector>

namespace a2od {

/// `filter` (matchers, each must match), `receiver` (a regular expression), `receiver_matchers` and `active` as in
/// Alertmanager. Alerts that have ended are left out; none is suppressed, and no receiver has labels.
[[nodiscard]] ApiReply answer_v2_alerts(const Dispatched& dispatched, const Parameters& parameters, Timestamp now);
[[nodiscard]] ApiReply answer_v2_alert_groups(const Dispatched& dispatched, const Parameters& parameters,
                                              Timestamp now);
[[nodiscard]] ApiReply answer_v2_receivers(const Dispatched& dispatched);
/// There are none yet.
[[nodiscard]] ApiReply answer_v2_silences();
[[nodiscard]] ApiReply answer_v2_status(const ServerStatus& status);

struct PostedAlerts {
  std::vector<AlertNotice> alerts;
  ApiReply reply;  ///< an error where some are not valid: the others are received all the same
};
/// A POST's body. An alert that names no end holds for `resolve_timeout`.
[[nodiscard]] PostedAlerts read_posted_alerts(std::string_view body, Milliseconds resolve_timeout, Timestamp now);

}  // namespace a2od
