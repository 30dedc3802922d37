#include "config/reference.hpp"

#include "config/sections/sections.hpp"

namespace a2od {
namespace {

/// What Markdown would take for a column or for markup.
std::string cell(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '|' || c == '<' || c == '*') out += '\\';
    out += c;
  }
  return out;
}

}  // namespace

schema::Reference config_keys() {
  schema::Reference rows;
  schema::config().describe("", rows);
  return rows;
}

std::string config_reference() {
  std::string page = "| key | type | default | meaning |\n|---|---|---|---|\n";
  for (const auto& row : config_keys()) {
    page += "| `" + row.path + "` | " + cell(row.type) + " | " + cell(row.standard) + " | " + cell(row.about) + " |\n";
  }
  return page;
}

std::string config_json_schema() {
  constexpr std::string_view kHead =
      R"({"$schema":"http://json-schema.org/draft-07/schema#","title":"The configuration of a2od",)";
  return std::string(kHead) + schema::config().schema().substr(1) + "\n";
}

}  // namespace a2od
