// What templates of notifications know: Alertmanager's template data, made from the message's body.
#pragma once

#include "rules/alerting/template/value.hpp"

#include <boost/json/value.hpp>

namespace a2od {

/// Alertmanager's Data of a webhook body of version 4: Receiver, Status, Alerts (with the methods Firing and Resolved),
/// GroupLabels, CommonLabels, CommonAnnotations (with SortedPairs, Remove, Names and Values), ExternalURL, and besides
/// GroupKey, TruncatedAlerts and RouteLabels. What the body lacks, or has of another type, is empty.
[[nodiscard]] templates::Value notification_data(const boost::json::value& body);

/// A set of names and texts as Alertmanager's type KV, and a nil one.
[[nodiscard]] templates::Value key_values(templates::Strings pairs);
[[nodiscard]] templates::Value no_key_values();

}  // namespace a2od
