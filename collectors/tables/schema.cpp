#include "collectors/tables/schema.hpp"

#include <utility>

namespace a2od {

bool TableSchema::has(std::string_view column) const {
  if (attributes.contains(column)) return true;
  constexpr std::string_view kEnd = "_value";
  if (!column.starts_with('_') || !column.ends_with(kEnd)) return false;
  return attributes.contains(column.substr(1, column.size() - 1 - kEnd.size()));
}

const Schemas::Entry* Schemas::find(const std::string& host, std::string_view table) const {
  const auto known = hosts_.find(host);
  if (known == hosts_.end()) return nullptr;
  const auto entry = known->second.tables.find(table);
  return entry == known->second.tables.end() ? nullptr : &entry->second;
}

void Schemas::learn(const std::string& host, std::string_view table, std::shared_ptr<const TableSchema> schema) {
  hosts_[host].tables.insert_or_assign(std::string(table), Entry{share(table, std::move(schema))});
}

std::shared_ptr<const TableSchema> Schemas::share(std::string_view table, std::shared_ptr<const TableSchema> schema) {
  if (schema == nullptr) return nullptr;
  auto& known = known_[std::string(table)];
  std::erase_if(known, [](const auto& each) { return each.expired(); });
  for (const auto& each : known)
    if (auto other = each.lock(); *other == *schema) return other;
  known.push_back(schema);
  return schema;
}

void Schemas::saw_version(const std::string& host, std::string_view version) {
  if (version.empty()) return;
  auto& known = hosts_[host];
  if (known.version == version) return;
  if (!known.version.empty()) known.tables.clear();
  known.version = version;
}

}  // namespace a2od
