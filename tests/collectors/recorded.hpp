// Bodies that Microsoft's APIs once sent. They lie beside the repository, not in it: tests skip where they are absent.
#pragma once

#include "collectors/cloud/json.hpp"

#include <boost/json/value.hpp>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>

namespace a2od {

[[nodiscard]] inline std::optional<boost::json::value> recorded(const std::string& name) {
  std::ifstream file(std::filesystem::path(A2OD_SOURCE_DIR) / "../shared/apis/samples" / name);
  if (!file) return std::nullopt;
  const std::string text(std::istreambuf_iterator<char>(file), {});
  auto body = cloud::parse_json(text);
  if (!body) return std::nullopt;
  return std::move(*body);
}

}  // namespace a2od

/// In a test's body: the recorded body as `variable`, or the end of the test.
#define A2OD_RECORDED(variable, name)           \
  const auto variable = ::a2od::recorded(name); \
  if (!variable) GTEST_SKIP() << "the recorded bodies are not beside this working copy: " << (name)
