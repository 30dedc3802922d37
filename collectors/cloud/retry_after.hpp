// How long a service asks us to wait.
#pragma once

#include "config/time.hpp"

#include <optional>
#include <string_view>

namespace a2od::cloud {

/// Seconds ("120", "1.5"), an HTTP date ("Sun, 06 Nov 1994 08:49:37 GMT"), or a duration as Go writes it ("1m30s").
/// Dates that have passed are zero; nothing is longer than a day. Empty where it is none of these.
[[nodiscard]] std::optional<Milliseconds> parse_retry_after(std::string_view text, Timestamp now);

}  // namespace a2od::cloud
