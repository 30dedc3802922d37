// The part of OData's $filter, $select and $top that the simulated services understand; all else is refused.
#pragma once

#include <boost/json/object.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace a2od::tenant {

/// One comparison: `name eq 'text'`, `isdisabled eq false`, `organizationstate lt 3`.
struct Comparison {
  std::string name;
  std::string op;  ///< eq ne gt ge lt le
  std::variant<std::string, double, bool, std::nullptr_t> literal;
};

/// Comparisons joined by `and`; nothing where the text is anything else.
[[nodiscard]] std::optional<std::vector<Comparison>> parse_filter(std::string_view text);

[[nodiscard]] bool satisfies(const boost::json::object& row, const std::vector<Comparison>& filter);

/// "a, b,c" as its parts, without spaces around them.
[[nodiscard]] std::vector<std::string> split_list(std::string_view text);

}  // namespace a2od::tenant
