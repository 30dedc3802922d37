// Where the log goes and how it looks: text for people, JSON for machines, always on standard error.
#pragma once

#include "config/config.hpp"

#include <string>
#include <string_view>

namespace a2od {

void set_up_log(const LogConfig& config);

/// A JSON string with its quotes: control characters, quotes and backslashes escaped, invalid UTF-8 replaced.
[[nodiscard]] std::string json_string(std::string_view text);

}  // namespace a2od
