// The address of an environment, as others wrote it: checked before a token goes there.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace a2od {

/// "https://Contoso.crm4.dynamics.com/" as "https://contoso.crm4.dynamics.com". Nothing unless it is https and a plain
/// host name with a dot: no user, port, path, query, or address in digits.
[[nodiscard]] std::optional<std::string> normalised_url(std::string_view url);

/// The host of a URL, in lower case; the text itself where it is none.
[[nodiscard]] std::string host_of(std::string_view url);

/// Whether an environment id can stand in a path: letters, digits and dashes ("Default-<guid>"). An empty segment would
/// silently ask for another resource.
[[nodiscard]] bool is_environment_id(std::string_view id);

}  // namespace a2od
