#include "rules/alerting/file_reader.hpp"

#include "config/duration.hpp"
#include "config/quote.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <tuple>

namespace a2od {

Problems FileReader::take_problems() {
  std::ranges::sort(problems_, {}, [](const Problem& problem) { return std::tie(problem.where, problem.message); });
  return std::move(problems_);
}

bool FileReader::is_mapping(const Node& node, std::string_view what, Names known) {
  if (node.kind() != Node::Kind::mapping) {
    report(node.position(), fmt::format("{} must be a mapping", what));
    return false;
  }
  for (const Node::Entry& entry : node.entries()) {
    if (std::ranges::find(known, entry.key) != known.end()) continue;
    const std::string_view near = nearest(entry.key, known);
    const std::string advice = near.empty() ? fmt::format("expected one of: {}", fmt::join(known, ", "))
                                            : fmt::format("did you mean '{}'?", near);
    report(entry.position, fmt::format("unknown key {} in {}, {}", quote(entry.key), what, advice));
  }
  return true;
}

std::span<const Node> FileReader::items(const Node& parent, std::string_view key) {
  const Node* list = parent.find(key);
  if (list == nullptr || list->kind() == Node::Kind::null) return {};
  if (list->kind() == Node::Kind::sequence) return list->items();
  report(list->position(), fmt::format("'{}' must be a list", key));
  return {};
}

std::string FileReader::read_text(const Node& parent, std::string_view key) {
  const Node* value = parent.find(key);
  if (value == nullptr || value->kind() == Node::Kind::null) return {};
  if (value->kind() == Node::Kind::scalar) return value->text();
  report(value->position(), fmt::format("'{}' must be a text", key));
  return {};
}

std::optional<Milliseconds> FileReader::read_duration(const Node& parent, std::string_view key) {
  const Node* value = parent.find(key);
  if (value == nullptr || value->kind() == Node::Kind::null) return std::nullopt;
  const auto duration = parse_duration(read_text(parent, key));
  if (duration) return *duration;
  if (value->kind() == Node::Kind::scalar) {
    report(value->position(), fmt::format("'{}': {}", key, duration.error().message));
  }
  return std::nullopt;
}

}  // namespace a2od
