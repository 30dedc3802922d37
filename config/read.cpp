#include "config/read.hpp"

#include "config/document.hpp"
#include "config/sections/sections.hpp"

#include <algorithm>
#include <filesystem>

namespace a2od {
namespace {

std::expected<Config, Problems> to_config(const Document& document, const ReadOptions& options) {
  schema::Reader reader(document, {.folder = std::filesystem::path(document.file).parent_path(),
                                   .collectors = options.collectors,
                                   .check_files = options.check_files});
  Config config;
  schema::config().read(reader, document.root, config);
  if (reader.problems().empty()) return config;
  return std::unexpected(reader.sorted_problems());
}

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

std::expected<Config, Problems> read_config(const std::string& path, const ReadOptions& options) {
  const auto document = read_document(path);
  if (!document) return std::unexpected(document.error());
  return to_config(*document, options);
}

std::expected<Config, Problems> parse_config(std::string file, std::string_view text, const ReadOptions& options) {
  const auto document = parse_document(std::move(file), text);
  if (!document) return std::unexpected(document.error());
  return to_config(*document, options);
}

std::string config_reference() {
  schema::Reference rows;
  schema::config().describe("", rows);
  std::string page = "| key | type | default | meaning |\n|---|---|---|---|\n";
  for (const auto& row : rows) {
    page += "| `" + row.path + "` | " + cell(row.type) + " | " + cell(row.standard) + " | " + cell(row.about) + " |\n";
  }
  return page;
}

}  // namespace a2od
