// Reads cases taken from Alertmanager's own tests, where they lie beside the source.
#pragma once

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>

#include <fstream>
#include <iterator>
#include <string>

namespace a2od::test {

/// Empty where the file is not there.
inline boost::json::array conformance_cases(const std::string& file) {
  std::ifstream in(A2OD_SOURCE_DIR "/../shared/conformance/" + file);
  if (!in) return {};
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  return boost::json::parse(text).at("cases").as_array();
}

}  // namespace a2od::test
