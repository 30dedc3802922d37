#include "collectors/tables/codes.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace a2od {

std::string name_of(std::span<const Code> codes, std::optional<double> value) {
  if (!value) return "unknown";
  const auto found = std::ranges::find(codes, *value, [](const Code& code) { return static_cast<double>(code.value); });
  return found == codes.end() ? fmt::format("{}", *value) : std::string(found->name);
}

}  // namespace a2od
