#include "daemon/state/environments.hpp"

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>
#include <SQLiteCpp/VariadicBind.h>

#include <algorithm>
#include <cstddef>

namespace a2od {
namespace {

bool is_hex(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

/// The hex digits of an id: of the GUID that it is, or ends in ("Default-3fa8…"), else of all of it.
std::string hex_digits(std::string_view id) {
  constexpr std::size_t kGuid = 36;
  if (id.size() > kGuid && id[id.size() - kGuid - 1] == '-') id.remove_prefix(id.size() - kGuid);
  std::string digits;
  std::ranges::copy_if(id, std::back_inserter(digits), is_hex);
  return digits;
}

}  // namespace

std::string stable_name(const SeenEnvironment& environment, const std::set<std::string>& taken) {
  const auto& name = environment.display_name.empty() ? environment.id : environment.display_name;
  if (!taken.contains(name)) return name;
  const auto digits = hex_digits(environment.id);
  for (std::size_t count = 4; count <= digits.size(); count += 4) {
    auto longer = name + "-" + digits.substr(0, count);
    if (!taken.contains(longer)) return longer;
  }
  auto longest = name + "-" + environment.id;
  while (taken.contains(longest)) longest += "-" + environment.id;
  return longest;
}

bool add_names(EnvironmentNames& names, std::span<const SeenEnvironment> environments) {
  const auto before = names.size();
  std::set<std::string> taken;
  for (const auto& [id, name] : names) taken.insert(name);
  for (const auto& environment : environments) {
    if (names.contains(environment.id)) continue;
    const auto name = stable_name(environment, taken);
    taken.insert(name);
    names.emplace(environment.id, name);
  }
  return names.size() > before;
}

void save_environment_names(Database& database, const std::string& tenant, const EnvironmentNames& names) {
  database.transaction([&](SQLite::Database& sqlite) {
    SQLite::Statement insert(sqlite, "INSERT OR IGNORE INTO environment VALUES (?, ?, ?)");
    for (const auto& [id, name] : names) {
      SQLite::bind(insert, tenant, id, name);
      insert.exec();
      insert.reset();
    }
  });
}

std::map<std::string, EnvironmentNames> load_environment_names(Database& database) {
  std::map<std::string, EnvironmentNames> names;
  database.transaction([&](SQLite::Database& sqlite) {
    SQLite::Statement select(sqlite, "SELECT tenant, id, name FROM environment");
    while (select.executeStep())
      names[select.getColumn(0).getString()].emplace(select.getColumn(1).getString(), select.getColumn(2).getString());
  });
  return names;
}

}  // namespace a2od
