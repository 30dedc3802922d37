// Durations as Prometheus writes them: "30s", "1h30m", "1d", "500ms", "0".
#pragma once

#include "config/result.hpp"
#include "config/time.hpp"

#include <string>
#include <string_view>

namespace a2od {

/// Units y w d h m s ms, each at most once and in this order, as Prometheus' model.ParseDuration; "0" needs no unit.
[[nodiscard]] Result<Milliseconds> parse_duration(std::string_view text);

/// The shortest form that parse_duration reads back, as Prometheus prints it: 90s is "1m30s", zero is "0s".
[[nodiscard]] std::string format_duration(Milliseconds duration);

}  // namespace a2od
