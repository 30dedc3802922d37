// The part of OData's $filter and lists that the simulated services understand; all else is refused.
#pragma once

#include "config/time.hpp"

#include <boost/json/object.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace a2od::tenant {

/// One comparison: `name eq 'text'`, `isdisabled eq false`, `createdon lt 2026-01-01T00:00:00Z`, `nextrun ne null`,
/// `Status eq Microsoft.Dynamics.DataEntities.BatchStatus'Error'`.
struct Comparison {
  std::string name;
  std::string op;  ///< eq ne gt ge lt le
  std::variant<std::string, double, bool, std::nullptr_t, Timestamp> literal;
};

/// Comparisons, joined by `and`, `or` and parentheses.
struct Filter {
  enum class Join { none, all, any } join = Join::none;
  Comparison comparison;      ///< with Join::none
  std::vector<Filter> parts;  ///< otherwise
};

/// Nothing where the text is anything else.
[[nodiscard]] std::optional<Filter> parse_filter(std::string_view text);

/// A column that the row has not got, or null, satisfies only `eq null`.
[[nodiscard]] bool satisfies(const boost::json::object& row, const Filter& filter);

/// Every column that the filter names.
[[nodiscard]] std::vector<std::string> names_of(const Filter& filter);

/// "a, b,c" as its parts, without spaces around them. Commas within parentheses do not part.
[[nodiscard]] std::vector<std::string> split_list(std::string_view text);

}  // namespace a2od::tenant
