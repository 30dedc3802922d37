// What this program calls itself.
#pragma once

#include <string_view>

namespace a2od {

inline constexpr std::string_view kVersion = A2OD_VERSION;

}  // namespace a2od
