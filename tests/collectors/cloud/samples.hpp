// Bodies recorded from the real services, where the working copy has them beside it.
#pragma once

#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>

namespace a2od::test {

/// Nothing where the samples are not there: the test skips.
inline std::optional<std::string> sample(const std::string& name) {
  std::ifstream file(std::filesystem::path(A2OD_SOURCE_DIR) / "../shared/apis/samples" / name, std::ios::binary);
  if (!file) return std::nullopt;
  return std::string(std::istreambuf_iterator<char>(file), {});
}

}  // namespace a2od::test
