#include "tests/tenant/fields.hpp"

#include "config/duration.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace a2od::tenant {
namespace {

std::optional<Milliseconds> signed_duration(std::string_view text) {
  const bool past = text.starts_with('-');
  const auto parsed = parse_duration(past ? text.substr(1) : text);
  if (!parsed) return std::nullopt;
  return past ? -*parsed : *parsed;
}

std::optional<double> mebibytes_of(std::string_view text) {
  static constexpr std::array<std::pair<std::string_view, double>, 3> kUnits{
      {{"MiB", 1}, {"GiB", 1024}, {"TiB", 1024.0 * 1024}}};
  double number = 0;
  const auto* end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, number);
  if (parsed.ec != std::errc() || number < 0 || number > 1e9) return std::nullopt;
  const std::string_view unit(parsed.ptr, end);
  const auto* const known = std::ranges::find(kUnits, unit, &std::pair<std::string_view, double>::first);
  if (known == kUnits.end()) return std::nullopt;
  return number * known->second;
}

}  // namespace

Fields::Fields(const Node& node, std::string_view what, Problems& problems)
    : node_(node), what_(what), problems_(problems) {
  if (node.kind() != Node::Kind::mapping) problem(node.position(), fmt::format("{} must be a mapping", what));
}

const Node* Fields::node(std::string_view key) {
  known_.push_back(key);
  return node_.kind() == Node::Kind::mapping ? node_.find(key) : nullptr;
}

const Node* Fields::required(std::string_view key) {
  const Node* found = node(key);
  if (found == nullptr) problem(node_.position(), fmt::format("{} needs the key '{}'", what_, key));
  return found;
}

const Node* Fields::scalar(std::string_view key, std::string_view expected) {
  const Node* found = node(key);
  if (found == nullptr || found->kind() == Node::Kind::scalar) return found;
  problem(found->position(), fmt::format("'{}' must be {}", key, expected));
  return nullptr;
}

void Fields::text(std::string_view key, std::string& value) {
  if (const Node* found = scalar(key, "a text")) value = found->text();
}

void Fields::choice(std::string_view key, std::string& value, std::span<const std::string_view> allowed) {
  const Node* found = scalar(key, "a text");
  if (found == nullptr) return;
  if (std::ranges::find(allowed, found->text()) != allowed.end()) {
    value = found->text();
    return;
  }
  const auto near = nearest(found->text(), allowed);
  auto hint = near.empty() ? std::string() : fmt::format("; did you mean '{}'?", near);
  problem(found->position(),
          fmt::format("'{}' is '{}', allowed are {}{}", key, found->text(), fmt::join(allowed, ", "), hint));
}

void Fields::texts(std::string_view key, std::vector<std::string>& value) {
  const Node* found = node(key);
  if (found == nullptr) return;
  if (found->kind() != Node::Kind::sequence) {
    problem(found->position(), fmt::format("'{}' must be a sequence", key));
    return;
  }
  value.clear();
  for (const auto& item : found->items()) value.push_back(item.text());
}

void Fields::flag(std::string_view key, bool& value) {
  const Node* found = scalar(key, "true or false");
  if (found == nullptr) return;
  if (found->text() != "true" && found->text() != "false")
    problem(found->position(), fmt::format("'{}' is '{}', expected true or false", key, found->text()));
  value = found->text() == "true";
}

void Fields::number(std::string_view key, std::uint64_t& value) {
  const Node* found = scalar(key, "a whole number");
  if (found == nullptr) return;
  const auto& text = found->text();
  const auto* end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, value);
  if (parsed.ec != std::errc() || parsed.ptr != end)
    problem(found->position(), fmt::format("'{}' is '{}', expected a whole number", key, text));
}

void Fields::duration(std::string_view key, Milliseconds& value) {
  std::optional<Milliseconds> read;
  duration(key, read);
  if (read) value = *read;
}

void Fields::duration(std::string_view key, std::optional<Milliseconds>& value) {
  const Node* found = scalar(key, "a duration");
  if (found == nullptr) return;
  value = signed_duration(found->text());
  if (!value) problem(found->position(), fmt::format("'{}' is '{}', expected a duration like 90s", key, found->text()));
}

void Fields::size(std::string_view key, double& mebibytes) {
  const Node* found = scalar(key, "a size");
  if (found == nullptr) return;
  if (const auto read = mebibytes_of(found->text()))
    mebibytes = *read;
  else
    problem(found->position(), fmt::format("'{}' is '{}', expected a size like 20GiB", key, found->text()));
}

void Fields::problem(Position where, std::string message) { problems_.push_back({{}, where, std::move(message)}); }

void Fields::finish() {
  for (const auto& entry : node_.entries()) {
    if (std::ranges::find(known_, entry.key) != known_.end()) continue;
    const auto near = nearest(entry.key, known_);
    const auto hint =
        near.empty() ? fmt::format("known are {}", fmt::join(known_, ", ")) : fmt::format("did you mean '{}'?", near);
    problem(entry.position, fmt::format("{} has no key '{}'; {}", what_, entry.key, hint));
  }
}

}  // namespace a2od::tenant
