// An Alertmanager webhook body as an on-call person likes to read it.
#pragma once

#include "config/time.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace a2od::tenant {

enum class Colours : bool { off, on };

/// One block for the message, with a paragraph per alert; nothing for a body that is not of version 4. Control
/// characters in the body never reach the terminal.
[[nodiscard]] std::optional<std::string> render_message(std::string_view body, Timestamp now, Colours colours);

/// "2026-11-22T13:40:00.123Z", also with an offset; nothing for anything else.
[[nodiscard]] std::optional<Timestamp> parse_rfc3339(std::string_view text);

/// "3 days 4 hours", "22 minutes", "45 seconds": the two largest units.
[[nodiscard]] std::string spoken_duration(Milliseconds duration);

}  // namespace a2od::tenant
