#include "config/schema/reader.hpp"

#include "config/quote.hpp"

#include <fstream>
#include <system_error>

namespace a2od::schema {

Reader::Step::Step(Reader& reader, std::string_view key) : path_(reader.path_), length_before_(path_.size()) {
  if (!path_.empty()) path_ += '.';
  path_ += key;
}

Reader::Step::Step(Reader& reader, std::size_t index) : path_(reader.path_), length_before_(path_.size()) {
  path_ += '[' + std::to_string(index) + ']';
}

/// No deeper than documents are.
void Reader::hide(const Node& node) {
  secrets_.insert(node.position());
  for (const auto& item : node.items()) hide(item);
  for (const auto& entry : node.entries()) hide(entry.value);
}

void Reader::problem(Position where, std::string_view message) {
  auto text = path_.empty() ? std::string() : path_ + ": ";
  text += message;
  problems_.push_back({file_, where, std::move(text)});
}

void Reader::unexpected(const Node& found, std::string_view expected) {
  problem(found.position(), "found " + describe(found) + ", expected " + std::string(expected));
}

void Reader::unexpected_kind(const Node& found, std::string_view expected) {
  problem(found.position(), "found " + std::string(kind_of(found)) + ", expected " + std::string(expected));
}

std::string Reader::resolve(std::string_view path) const {
  return path.empty() ? std::string() : (options_.folder / path).lexically_normal().string();
}

void Reader::check_file(const Node& node, const std::string& path) {
  if (!options_.check_files || path.empty()) return;
  std::error_code error;
  if (!std::filesystem::exists(path, error)) {
    problem(node.position(), "file " + path + ": no such file");
  } else if (std::filesystem::is_directory(path, error)) {
    problem(node.position(), "file " + path + ": is a folder, expected a file");
  } else if (!std::ifstream(path)) {
    problem(node.position(), "file " + path + ": cannot be opened, check its permissions");
  }
}

Problems Reader::sorted_problems() const {
  auto problems = problems_;
  sort_by_position(problems);
  return problems;
}

std::string_view kind_of(const Node& node) {
  switch (node.kind()) {
    case Node::Kind::null:
      return "nothing";
    case Node::Kind::scalar:
      return "text";
    case Node::Kind::sequence:
      return "a list";
    case Node::Kind::mapping:
      return "a mapping";
  }
  return "";
}

std::string describe(const Node& node) {
  return node.kind() == Node::Kind::scalar ? quote(node.text()) : std::string(kind_of(node));
}

std::string did_you_mean(std::string_view name, std::span<const std::string_view> known) {
  const auto near = nearest(name, known);
  return near.empty() ? std::string() : ", did you mean '" + std::string(near) + "'?";
}

std::string instead_of(std::string_view name, std::span<const std::string_view> known) {
  if (known.empty()) return ", there are none";
  return ", allowed: " + join(known) + did_you_mean(name, known);
}

std::string join(std::span<const std::string_view> names) {
  std::string text;
  for (const auto name : names) {
    if (!text.empty()) text += ", ";
    text += name;
  }
  return text;
}

}  // namespace a2od::schema
