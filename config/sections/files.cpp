#include "config/matching_files.hpp"
#include "config/schema/table.hpp"
#include "config/schema/values.hpp"
#include "config/sections/sections.hpp"

#include <algorithm>
#include <filesystem>
#include <system_error>

namespace a2od::schema {
namespace {

namespace fs = std::filesystem;

bool has_wildcard(std::string_view pattern) { return pattern.find_first_of("*?[") != std::string_view::npos; }

void add_matches(Reader& reader, const Node& item, std::string_view what, std::vector<std::string>& files) {
  if (item.kind() != Node::Kind::scalar || item.text().empty()) {
    return reader.unexpected(item, "a path, or a pattern with * or ?");
  }
  if (has_wildcard(item.text())) {
    const auto found = matching_files(reader.options().folder, item.text());
    files.insert(files.end(), found.begin(), found.end());
    return;
  }
  const auto path = reader.resolve(item.text());
  std::error_code error;
  if (!fs::exists(path, error) || fs::is_directory(path, error)) {
    return reader.problem(
        item.position(), "no " + std::string(what) + " " + quote(path) + ", expected a path, or a pattern with * or ?");
  }
  files.push_back(path);
}

/// In the order of the file, and of the names within a pattern.
Type<std::vector<std::string>> files(std::string_view what) {
  auto read = [what](Reader& reader, const Node& node, std::vector<std::string>& files) {
    if (node.kind() != Node::Kind::sequence) return reader.unexpected(node, "a list of paths or patterns");
    for (std::size_t i = 0; i < node.items().size(); ++i) {
      const Reader::Step step(reader, i);
      add_matches(reader, node.items()[i], what, files);
    }
  };
  return {.name = "a list of paths or patterns", .read = std::move(read), .schema = [] {
            return list_schema(any_scalar(), true);
          }};
}

}  // namespace

Type<std::vector<std::string>> rule_files() {
  auto type = files("rule file");
  type.read = [read = type.read](Reader& reader, const Node& node, std::vector<std::string>& files) {
    read(reader, node, files);
    std::ranges::sort(files);
    const auto repeated = std::ranges::unique(files);
    files.erase(repeated.begin(), repeated.end());
  };
  return type;
}

Type<std::vector<std::string>> template_files() { return files("template file"); }

}  // namespace a2od::schema
