// Times and durations of templates, as Go writes them: toTime and toDuration of Prometheus, and the methods of Go's
// types.
#pragma once

#include "config/result.hpp"
#include "rules/alerting/template/value.hpp"

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace a2od::templates {

/// Seconds since the epoch; fails where nanoseconds would overflow.
[[nodiscard]] Result<GoTime> to_time(double seconds);
[[nodiscard]] Result<GoDuration> to_duration(double seconds);

/// 2006-01-02 15:04:05.999999999 +0000 UTC
[[nodiscard]] std::string to_text(GoTime time);
/// 1h2m3.5s
[[nodiscard]] std::string to_text(GoDuration duration);

/// By an example of Go's: "Mon Jan 2 15:04:05 MST 2006". In UTC.
[[nodiscard]] std::string format_time(GoTime time, std::string_view layout);

/// What may be called of a time or duration: `$t.Format "15:04"`.
struct Method {
  std::string_view name;
  std::size_t arguments = 0;
  Result<Value> (*call)(const Value& receiver, std::span<const Value> arguments) = nullptr;
};

/// nullptr where values of that type have none of that name.
[[nodiscard]] const Method* find_method(const Value& receiver, std::string_view name);

}  // namespace a2od::templates
