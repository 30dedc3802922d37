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

void add_matches(Reader& reader, const Node& item, std::vector<std::string>& files) {
  if (item.kind() != Node::Kind::scalar || item.text().empty()) {
    return reader.unexpected(item, "a path, or a pattern such as rules/*.yml");
  }
  if (has_wildcard(item.text())) {
    const auto found = matching_files(reader.options().folder, item.text());
    files.insert(files.end(), found.begin(), found.end());
    return;
  }
  const auto path = reader.resolve(item.text());
  std::error_code error;
  if (!fs::exists(path, error) || fs::is_directory(path, error)) {
    return reader.problem(item.position(),
                          "no rule file " + quote(path) + ", expected a path, or a pattern with * or ?");
  }
  files.push_back(path);
}

}  // namespace

Type<std::vector<std::string>> rule_files() {
  auto read = [](Reader& reader, const Node& node, std::vector<std::string>& files) {
    if (node.kind() != Node::Kind::sequence) return reader.unexpected(node, "a list of paths or patterns");
    for (std::size_t i = 0; i < node.items().size(); ++i) {
      const Reader::Step step(reader, i);
      add_matches(reader, node.items()[i], files);
    }
    std::ranges::sort(files);
    const auto repeated = std::ranges::unique(files);
    files.erase(repeated.begin(), repeated.end());
  };
  return {.name = "a list of paths or patterns", .read = std::move(read)};
}

}  // namespace a2od::schema
