// Text that someone else wrote, made fit to stand in an error message or a log line.
#pragma once

#include <string>
#include <string_view>

namespace a2od {

/// In single quotes, on one line: control characters become '\n', '\t' or '\x1b',
/// and what is over 80 bytes is cut with "…".
/// Never for secrets.
[[nodiscard]] std::string quote(std::string_view text);

/// In double quotes, with the escapes that PromQL reads back.
[[nodiscard]] std::string double_quoted(std::string_view text);

/// In double quotes, with the escapes that YAML reads back: whatever the text is, on one line, and without characters
/// that are not seen or change the order of those that are. Bytes that are no UTF-8 become U+FFFD.
[[nodiscard]] std::string yaml_quoted(std::string_view text);

}  // namespace a2od
