#include "config/reference.hpp"

#include "config/sections/sections.hpp"
#include "config/text.hpp"

namespace a2od {

schema::Reference config_keys() {
  schema::Reference rows;
  schema::config().describe("", rows);
  return rows;
}

std::string config_reference() {
  std::string page = "| key | type | default | meaning |\n|---|---|---|---|\n";
  for (const auto& row : config_keys()) {
    page += "| `" + row.path + "` | " + markdown_cell(row.type) + " | " + markdown_cell(row.standard) + " | " +
            markdown_cell(row.about) + " |\n";
  }
  return page;
}

std::string config_json_schema() {
  constexpr std::string_view kHead =
      R"({"$schema":"http://json-schema.org/draft-07/schema#","title":"The configuration of a2od",)";
  return std::string(kHead) + schema::config().schema().substr(1) + "\n";
}

}  // namespace a2od
