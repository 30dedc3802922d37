// Times and durations of templates, as Go writes them: toTime and toDuration of Prometheus, toDate and tz of
// Alertmanager, and the methods of Go's types. Times are of the years 0 to 9999; operations that leave them fail.
#pragma once

#include "config/result.hpp"
#include "config/time.hpp"
#include "rules/alerting/template/value.hpp"

#include <compare>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace a2od::templates {

/// Seconds since the epoch; fails where nanoseconds would overflow.
[[nodiscard]] Result<GoTime> to_time(double seconds);
[[nodiscard]] Result<GoDuration> to_duration(double seconds);
[[nodiscard]] GoTime to_time(Timestamp time);

/// Of the moments, whatever zones they are shown in.
[[nodiscard]] std::strong_ordering compare(const GoTime& left, const GoTime& right);
/// From `right` to `left`; the longest duration where that is longer.
[[nodiscard]] GoDuration between(const GoTime& left, const GoTime& right);

/// 2006-01-02 15:04:05.999999999 +0000 UTC
[[nodiscard]] std::string to_text(const GoTime& time);
/// 1h2m3.5s
[[nodiscard]] std::string to_text(GoDuration duration);
/// 2006-01-02T15:04:05.999999999Z: as JSON has it.
[[nodiscard]] std::string to_rfc3339(const GoTime& time);

/// By an example of Go's: "Mon Jan 2 15:04:05 MST 2006". In the time's zone.
[[nodiscard]] std::string format_time(const GoTime& time, std::string_view layout);

/// The reverse; in UTC where the text has no offset. Unlike in Go, the name of a zone other than UTC is refused.
[[nodiscard]] Result<GoTime> parse_time(std::string_view layout, std::string_view text);

/// Those of a time or duration, none for other values.
[[nodiscard]] std::span<const Method> methods_of_times(const Value& receiver);

}  // namespace a2od::templates
