#include "daemon/notify/notify.hpp"

#include <cstdio>

namespace a2od {

std::string fingerprint(const Labels& labels) {
  std::uint64_t hash = 14695981039346656037U;
  const auto add = [&hash](std::string_view text) {
    for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211U;
    hash = (hash ^ 0xFFU) * 1099511628211U;
  };
  for (const auto& [name, value] : labels.pairs()) {
    add(name);
    add(value);
  }
  char digits[17];
  std::snprintf(digits, sizeof digits, "%016llx", static_cast<unsigned long long>(hash));
  return digits;
}

}  // namespace a2od
