// Choice columns: integers to the names that labels carry. All are open sets.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace a2od {

struct Code {
  int value;
  std::string_view name;
};

/// The name of a code; a code that is not there as its number, no code as "unknown".
[[nodiscard]] std::string name_of(std::span<const Code> codes, std::optional<double> value);

}  // namespace a2od
