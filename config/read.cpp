#include "config/read.hpp"

#include "config/document.hpp"
#include "config/print.hpp"
#include "config/sections/sections.hpp"

#include <algorithm>
#include <filesystem>

namespace a2od {
namespace {

Problems read(const Document& document, const ReadOptions& options, Config& config) {
  schema::Reader reader(document, {.folder = std::filesystem::path(document.file).parent_path(),
                                   .collectors = options.collectors,
                                   .check_files = options.check_files});
  schema::config().read(reader, document.root, config);
  config.printed = print_document(document.root, reader.secrets());
  config.printed_for_alertmanager = print_alertmanager_part(document.root, reader.secrets());
  return reader.problems().empty() ? Problems() : reader.sorted_problems();
}

}  // namespace

Problems read_config(const std::string& path, const ReadOptions& options, Config& as_far_as_read) {
  const auto document = read_document(path);
  return document ? read(*document, options, as_far_as_read) : document.error();
}

std::expected<Config, Problems> read_config(const std::string& path, const ReadOptions& options) {
  Config config;
  auto problems = read_config(path, options, config);
  if (!problems.empty()) return std::unexpected(std::move(problems));
  return config;
}

std::expected<Config, Problems> parse_config(std::string file, std::string_view text, const ReadOptions& options) {
  const auto document = parse_document(std::move(file), text);
  if (!document) return std::unexpected(document.error());
  Config config;
  auto problems = read(*document, options, config);
  if (!problems.empty()) return std::unexpected(std::move(problems));
  return config;
}

}  // namespace a2od
