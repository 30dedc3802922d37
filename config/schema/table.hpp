// A section of the configuration as a table of keys: reading, validation and the reference page all come from it.
#pragma once

#include "config/quote.hpp"
#include "config/schema/type.hpp"

#include <algorithm>
#include <functional>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace a2od::schema {

enum class Presence { optional, required };

template <class Section, class Value>
using Member = Value Section::*;

template <class Section>
struct Key {
  std::string_view name;
  std::string_view about;
  Presence presence = Presence::optional;
  std::string type;
  std::function<void(Reader&, const Node&, Section&)> read;
  std::function<std::string(const Section&)> show;
  std::function<void(const std::string& path, Reference&)> describe;
  std::function<std::string()> schema;
};

/// A key that others' software knows and a2od refuses, with the reason.
struct RefusedKey {
  std::string_view name;
  std::string_view reason;
};

template <class Section>
struct Table {
  std::vector<Key<Section>> keys;
  std::vector<RefusedKey> refused = {};
  /// What concerns several keys of the section, after all were read.
  std::function<void(Reader&, const Node&, const Section&)> check = nullptr;
  /// Keys that are not known may be a secret in the wrong place: they are not shown.
  bool holds_secret = false;

  [[nodiscard]] const Key<Section>* find(std::string_view name) const {
    const auto found = std::ranges::find(keys, name, &Key<Section>::name);
    return found == keys.end() ? nullptr : &*found;
  }
  [[nodiscard]] std::vector<std::string_view> names() const {
    std::vector<std::string_view> all;
    for (const auto& key : keys) all.push_back(key.name);
    return all;
  }
};

template <class Section, class Value>
Key<Section> key(std::string_view name, Member<Section, Value> member, Type<Value> type, std::string_view about,
                 Presence presence = Presence::optional) {
  return {
      .name = name,
      .about = about,
      .presence = presence,
      .type = type.name,
      .read = [type, member](Reader& reader, const Node& node,
                             Section& section) { type.read(reader, node, section.*member); },
      .show = [type, member](const Section& section) { return type.show(section.*member); },
      .describe = type.describe,
      .schema = type.schema,
  };
}

/// A value that may be absent.
template <class Section, class Value>
Key<Section> key(std::string_view name, Member<Section, std::optional<Value>> member, Type<Value> type,
                 std::string_view about, Presence presence = Presence::optional) {
  return {
      .name = name,
      .about = about,
      .presence = presence,
      .type = type.name,
      .read =
          [type, member](Reader& reader, const Node& node, Section& section) {
            const auto problems = reader.problems().size();
            Value value{};
            type.read(reader, node, value);
            if (reader.problems().size() == problems) section.*member = std::move(value);
          },
      .show = [](const Section&) { return std::string(); },
      .describe = type.describe,
      .schema = type.schema,
  };
}

/// A key whose value belongs to the section itself: keys that are nested in the file, but not in the struct.
template <class Section>
Key<Section> key(std::string_view name, Type<Section> type, std::string_view about,
                 Presence presence = Presence::optional) {
  return {
      .name = name,
      .about = about,
      .presence = presence,
      .type = type.name,
      .read = type.read,
      .show = type.show,
      .describe = type.describe,
      .schema = type.schema,
  };
}

/// Keys of another section that stand among those of this one, and are kept in a member of it.
template <class Section, class Inner>
void embed(Table<Section>& table, Table<Inner> inner, Member<Section, Inner> member) {
  for (auto& row : inner.keys) {
    table.keys.push_back({
        .name = row.name,
        .about = row.about,
        .presence = row.presence,
        .type = row.type,
        .read = [read = row.read, member](Reader& reader, const Node& node,
                                          Section& section) { read(reader, node, section.*member); },
        .show = [show = row.show, member](const Section& section) { return show(section.*member); },
        .describe = row.describe,
        .schema = row.schema,
    });
  }
  std::ranges::move(inner.refused, std::back_inserter(table.refused));
  if (inner.check == nullptr) return;
  table.check = [outer = table.check, check = inner.check, member](Reader& reader, const Node& node,
                                                                   const Section& section) {
    if (outer != nullptr) outer(reader, node, section);
    check(reader, node, section.*member);
  };
}

template <class Section>
void report_unknown(Reader& reader, const Table<Section>& table, const Node::Entry& entry) {
  const auto names = table.names();
  const auto allowed = instead_of(entry.key, names);
  const auto refused = std::ranges::find(table.refused, entry.key, &RefusedKey::name);
  if (refused != table.refused.end()) {
    reader.problem(entry.position, quote(entry.key) + " is refused: " + std::string(refused->reason));
  } else if (table.holds_secret) {
    reader.problem(entry.position, "unknown key" + allowed);
  } else {
    reader.problem(entry.position, "unknown key " + quote(entry.key) + allowed);
  }
}

template <class Section>
void read_section(Reader& reader, const Table<Section>& table, const Node& node, Section& section) {
  const bool nothing = node.kind() == Node::Kind::null;
  if (!nothing && node.kind() != Node::Kind::mapping) {
    reader.unexpected_kind(node, "a mapping with keys " + join(table.names()));
    return;
  }
  for (const auto& entry : node.entries()) {
    const auto* known = table.find(entry.key);
    if (known == nullptr) {
      report_unknown(reader, table, entry);
      continue;
    }
    const Reader::Step step(reader, entry.key);
    known->read(reader, entry.value, section);
  }
  for (const auto& required : table.keys) {
    if (required.presence == Presence::optional || node.find(required.name) != nullptr) continue;
    const Reader::Step step(reader, required.name);
    reader.problem(node.position(), "missing, expected " + required.type);
  }
  if (table.check != nullptr) table.check(reader, node, section);
}

template <class Section>
void describe_section(const Table<Section>& table, const std::string& path, Reference& out) {
  const Section standard{};
  for (const auto& row : table.keys) {
    const auto below = path.empty() ? std::string(row.name) : path + "." + std::string(row.name);
    const auto value = row.presence == Presence::required ? "required" : row.show(standard);
    out.push_back({below, row.type, value, std::string(row.about)});
    row.describe(below, out);
  }
}

template <class Section>
std::string section_schema(const Table<Section>& table) {
  const Section standard{};
  ObjectSchema object;
  for (const auto& row : table.keys) {
    auto about = std::string(row.about) + " (" + row.type + ")";
    if (const auto value = row.show(standard); !value.empty()) about += " [" + value + "]";
    object.add(row.name, about, row.schema(), row.presence == Presence::required);
  }
  return object.text();
}

/// A mapping with the keys of the table and no others.
template <class Section>
Type<Section> section(Table<Section> rows) {
  auto table = std::make_shared<const Table<Section>>(std::move(rows));
  return {
      .name = "a mapping",
      .read = [table](Reader& reader, const Node& node, Section& value) { read_section(reader, *table, node, value); },
      .describe = [table](const std::string& path, Reference& out) { describe_section(*table, path, out); },
      .schema = [table] { return section_schema(*table); },
  };
}

}  // namespace a2od::schema
