// The functions of Alertmanager's notification templates.
#pragma once

#include "rules/alerting/template/functions.hpp"

namespace a2od {

/// Go's own, and Alertmanager's: toUpper toLower title trimSpace join match safeHtml safeUrl urlUnescape reReplaceAll
/// stringSlice date tz since humanizeDuration toJson toDate mustToDate base64decode dict list append routeLabels.
[[nodiscard]] const templates::FunctionTable& notification_functions();

}  // namespace a2od
