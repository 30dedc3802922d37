// The text functions of templates: letter case, regular expressions, addresses and links.
#pragma once

#include "config/result.hpp"

#include <string>
#include <string_view>

namespace a2od::templates {

/// Letters of ASCII and Latin-1; others stay as they are.
[[nodiscard]] std::string to_upper(std::string_view text);
[[nodiscard]] std::string to_lower(std::string_view text);
/// The first letter of each word in upper case, the others unchanged.
[[nodiscard]] std::string title(std::string_view text);

/// Whether the expression matches anywhere in the text.
[[nodiscard]] Result<bool> matches(std::string_view pattern, std::string_view text);
/// $1, ${1} and $name in the replacement stand for groups, as in Go.
[[nodiscard]] Result<std::string> replace_all(std::string_view pattern, std::string_view replacement,
                                              std::string_view text);

/// The host of "host:port" and "[host]:port"; anything else as it is.
[[nodiscard]] std::string strip_port(std::string_view address);
/// The first label of the host, its port kept; addresses as they are.
[[nodiscard]] std::string strip_domain(std::string_view address);

/// As in a query: space is +, letters, digits and -_.~ stay.
[[nodiscard]] std::string escape_query(std::string_view text);
[[nodiscard]] std::string escape_html(std::string_view text);
/// For the inside of a text of JavaScript.
[[nodiscard]] std::string escape_js(std::string_view text);
/// Where Prometheus, and a2od, show an expression, from the path on: /graph?g0.expr=up&g0.tab=1.
[[nodiscard]] std::string table_link(std::string_view expression);
[[nodiscard]] std::string graph_link(std::string_view expression);
/// The path of a URL, without a slash at its end.
[[nodiscard]] std::string path_of(std::string_view url);

}  // namespace a2od::templates
