// A type of values in the configuration: how one is read, shown and documented, as a plain value that others are made
// of.
#pragma once

#include "config/schema/json_schema.hpp"
#include "config/schema/reader.hpp"

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace a2od::schema {

/// One line of the reference page.
struct ReferenceRow {
  std::string path;
  std::string type;
  std::string standard;  ///< the default; "required" where there must be a value
  std::string about;
};
using Reference = std::vector<ReferenceRow>;

template <class Value>
struct Type {
  std::string name;  ///< as it stands behind "expected": "a duration", "a list of regular expressions"
  /// Reports problems to the reader, and leaves the value as it is where it cannot be read.
  std::function<void(Reader&, const Node&, Value&)> read;
  std::function<std::string(const Value&)> show = [](const Value&) { return std::string(); };
  /// Adds the keys below a value that stands at this path.
  std::function<void(const std::string& path, Reference&)> describe = [](const std::string&, Reference&) {};
  /// A JSON Schema of such values; by default anything.
  std::function<std::string()> schema = [] { return std::string("{}"); };
};

enum class Emptiness { allowed, refused };

template <class Item>
Type<std::vector<Item>> list_of(Type<Item> item, Emptiness emptiness = Emptiness::allowed) {
  Type<std::vector<Item>> list{.name = "a list, each entry " + item.name, .read = nullptr};
  list.read = [item, emptiness, name = list.name](Reader& reader, const Node& node, std::vector<Item>& values) {
    if (node.kind() != Node::Kind::sequence) return reader.unexpected_kind(node, name);
    if (emptiness == Emptiness::refused && node.items().empty()) {
      reader.problem(node.position(), "found an empty list, expected at least one entry");
    }
    values.clear();
    for (std::size_t i = 0; i < node.items().size(); ++i) {
      const Reader::Step step(reader, i);
      item.read(reader, node.items()[i], values.emplace_back());
    }
  };
  list.describe = [item](const std::string& path, Reference& out) { item.describe(path + "[]", out); };
  list.schema = [item, emptiness] { return list_schema(item.schema(), emptiness == Emptiness::allowed); };
  return list;
}

/// A mapping whose keys the operator chooses; `check_key` reports those that are not allowed.
template <class Item>
Type<std::map<std::string, Item>> map_of(Type<Item> item,
                                         std::function<void(Reader&, const Node::Entry&)> check_key = nullptr) {
  Type<std::map<std::string, Item>> map{.name = "a mapping, each value " + item.name, .read = nullptr};
  map.read = [item, check_key, name = map.name](Reader& reader, const Node& node, std::map<std::string, Item>& values) {
    if (node.kind() == Node::Kind::null) return;
    if (node.kind() != Node::Kind::mapping) return reader.unexpected_kind(node, name);
    for (const auto& entry : node.entries()) {
      if (check_key) check_key(reader, entry);
      const Reader::Step step(reader, entry.key);
      item.read(reader, entry.value, values[entry.key]);
    }
  };
  map.describe = [item](const std::string& path, Reference& out) { item.describe(path + ".<name>", out); };
  map.schema = [item] { return map_schema(item.schema()); };
  return map;
}

/// Reads one type and keeps another. `convert` reports what is wrong and then returns nothing.
template <class To, class From, class Convert>
Type<To> converted(Type<From> from, Convert convert) {
  return {
      .name = from.name,
      .read =
          [read = from.read, convert](Reader& reader, const Node& node, To& value) {
            From read_value{};
            read(reader, node, read_value);
            std::optional<To> result = convert(reader, node, std::move(read_value));
            if (result) value = std::move(*result);
          },
      .describe = from.describe,
      .schema = from.schema,
  };
}

}  // namespace a2od::schema
