// Values of templates as JSON.
#pragma once

#include "config/result.hpp"
#include "rules/alerting/template/value.hpp"

#include <string>

namespace a2od {

/// As Go's json.Marshal: fields under their JSON names, keys sorted, <, > and & escaped, durations in nanoseconds.
/// Fails for numbers that JSON does not have, and for values of more than 16 MiB.
[[nodiscard]] Result<std::string> to_json(const templates::Value& value);

}  // namespace a2od
