// The parameters of requests to the HTTP API, as Prometheus reads them.
#pragma once

#include "config/time.hpp"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace a2od {

using Parameters = std::multimap<std::string, std::string, std::less<>>;

/// From a query string or a form body; `+` is a space, as browsers and Grafana write it. At most 1,000 are read.
[[nodiscard]] Parameters parse_parameters(std::string_view encoded);

/// With %41 and + decoded.
[[nodiscard]] std::string decode_url(std::string_view text);

/// The first of this name.
[[nodiscard]] std::optional<std::string> find(const Parameters& parameters, std::string_view name);
[[nodiscard]] std::vector<std::string> find_all(const Parameters& parameters, std::string_view name);

/// Seconds since the epoch with a fraction, or RFC 3339 in UTC.
[[nodiscard]] std::optional<Timestamp> parse_time(std::string_view text);
/// Seconds with a fraction, or a duration as Prometheus writes it.
[[nodiscard]] std::optional<Milliseconds> parse_step(std::string_view text);
/// 0 where there is none, or where it is 0: no limit.
[[nodiscard]] std::optional<std::size_t> parse_limit(const Parameters& parameters, std::string_view name = "limit");

}  // namespace a2od
