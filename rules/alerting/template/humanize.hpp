// Numbers as people read them: Prometheus' humanize functions.
#pragma once

#include "config/result.hpp"
#include "rules/alerting/template/value.hpp"

#include <string>

namespace a2od::templates {

/// A number, a text that is one, or a duration in seconds.
[[nodiscard]] Result<double> to_number(const Value& value);

[[nodiscard]] std::string humanize(double value);             ///< 1.235M, 120m
[[nodiscard]] std::string humanize_1024(double value);        ///< 1.177Mi
[[nodiscard]] std::string humanize_percentage(double value);  ///< of a ratio: 12.5%
[[nodiscard]] std::string humanize_duration(double seconds);  ///< 1d 2h 3m 4s, 123.5ms
/// 2015-06-23 13:19:44.128 +0000 UTC; fails where Go's nanoseconds would overflow.
[[nodiscard]] Result<std::string> humanize_timestamp(double seconds);

}  // namespace a2od::templates
