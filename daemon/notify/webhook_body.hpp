// Alertmanager's webhook body, version 4: writing it, and merging one that was not delivered into its successor.
#pragma once

#include "daemon/notify/notify.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace a2od {

/// What a message says about one alert.
struct ReportedAlert {
  const RoutedAlert* alert = nullptr;
  std::optional<Timestamp> ended;  ///< nothing while it fires
};

struct Notification {
  std::string receiver;
  std::string group_key;
  Labels group_labels;
  std::string external_url;
  std::vector<ReportedAlert> alerts;                  ///< in the order of reported_before()
  std::uint64_t max_alerts = 0;                       ///< 0: all
  std::map<std::string, std::string> route_labels{};  ///< templates, which are expanded when the message is sent
};

/// "{}:{alertname="Down", tenant="contoso"}": route and labels, quoted as Go quotes.
[[nodiscard]] std::string group_key(std::string_view route_key, const Labels& group_labels);

/// RFC 3339 in UTC as Go prints it: the fraction without trailing zeros, or absent.
[[nodiscard]] std::string go_time(Timestamp time);

/// Alertmanager's order: by job, then instance, those without last; then fewer labels first, then the labels.
[[nodiscard]] bool reported_before(const Labels& left, const Labels& right);

[[nodiscard]] std::string render_body(const Notification& notification);

/// The newer body, with those alerts of the older that it does not mention: what an undelivered message said of alerts
/// that have left the group meanwhile is not lost. Both are bodies of one group and integration.
[[nodiscard]] std::string merge_bodies(std::string_view older, std::string_view newer, std::uint64_t max_alerts);

}  // namespace a2od
