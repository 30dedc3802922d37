// Megabytes of the capacity APIs as bytes, and the moments of their measurements.
#pragma once

#include "collectors/fields.hpp"

#include <optional>
#include <string_view>

namespace a2od::capacity {

/// `value` in bytes; nothing in a unit other than megabytes. A negative amount is a fault.
[[nodiscard]] std::optional<double> bytes(const Fields& fields, Fields::Path value, std::string_view unit);

/// As bytes(), but nothing without the moment of its measurement: null, or "never" (0001-01-01), is unknown, not zero.
[[nodiscard]] std::optional<double> measured_bytes(const Fields& fields, Fields::Path value, std::string_view unit,
                                                   Fields::Path moment);

}  // namespace a2od::capacity
