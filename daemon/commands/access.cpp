#include "collectors/tables/access.hpp"

#include "collectors/settings.hpp"
#include "daemon/commands/commands.hpp"
#include "daemon/commands/examination.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

namespace a2od {

namespace asio = boost::asio;

namespace {

bool is_wanted(const Examined& of, const Collector& collector) {
  const auto* environment = collector.scope == Scope::environment ? &of.environment : nullptr;
  return collector.applies_to(of.environment) &&
         effective_settings(collector, of.config, of.tenant.name, environment).enabled;
}

bool reads_tables(const Collector& collector) {
  return std::ranges::any_of(collector.parts, [](const PartDescription& part) { return !part.table.empty(); });
}

/// Every table once, in the order of the collectors.
std::vector<std::string> wanted_tables(const Examined& of) {
  std::vector<std::string> tables;
  for (const auto& collector : of.collectors) {
    if (!is_wanted(of, collector)) continue;
    for (const auto& part : collector.parts)
      if (!part.table.empty() && std::ranges::find(tables, part.table) == tables.end()) tables.emplace_back(part.table);
  }
  return tables;
}

std::string users_of(const Examined& of, std::string_view table) {
  std::string users;
  for (const auto& collector : of.collectors) {
    if (!is_wanted(of, collector)) continue;
    for (const auto& part : collector.parts)
      if (part.table == table) users += fmt::format("{}{}/{}", users.empty() ? "" : ", ", collector.name, part.name);
  }
  return users;
}

std::string_view word_for(TableRight right) {
  switch (right) {
    case TableRight::held:
      return "held";
    case TableRight::missing:
      return "MISSING";
    case TableRight::no_table:
      return "no such table here";
    case TableRight::unknown:
      return "unknown";
  }
  return "";
}

void print_role(const std::vector<TableAccess>& tables) {
  fmt::print("\nA role that suffices in this environment, say \"a2od reader\": Read at organization level on\n");
  fmt::print("  {:<40} {}\n", "organization", "prvReadOrganization");
  for (const auto& access : tables)
    if (access.right == TableRight::held || access.right == TableRight::missing)
      fmt::print("  {:<40} {}\n", access.table, access.privilege);
  fmt::print("Give it to the application user, and nothing more.\n");
}

/// Whether nothing is missing.
asio::awaitable<bool> check_tables(Examined& of) {
  cloud::RunSession session(of.session, of.clock.now(), std::chrono::minutes(2));
  auto run = run_of(of, session, &of.environment);
  TableReader reader(run);
  auto tables = wanted_tables(of);
  const auto access = co_await read_access(reader, std::move(tables));
  fmt::print("\nTables of Dataverse:\n");
  if (!access) {
    fmt::print("  cannot be compared: {}\n", access.error().message);
    co_return false;
  }
  bool all = true;
  for (const auto& table : *access) {
    fmt::print("  {:<20} {:<40} {:<40} for {}{}{}\n", word_for(table.right), table.table, table.privilege,
               users_of(of, table.table), table.why.empty() ? "" : ": ", table.why);
    all = all && table.right != TableRight::missing && table.right != TableRight::unknown;
  }
  print_role(*access);
  co_return all;
}

/// What is no table is tried: nobody tells beforehand what an identity may do with it.
asio::awaitable<bool> try_others(Examined& of) {
  bool all = true;
  fmt::print("Tried once:\n");
  for (const auto& collector : of.collectors) {
    if (!is_wanted(of, collector) || reads_tables(collector)) continue;
    const auto finding = co_await examine(of, collector);
    for (std::size_t i = 0; i < finding.result.parts.size(); ++i) {
      const auto& part = finding.result.parts[i];
      const bool good = part.outcome == Outcome::ok || part.outcome == Outcome::absent;
      const auto right = part.missing_right.empty() ? collector.parts[i].right : std::string_view(part.missing_right);
      fmt::print("  {:<20} {:<40} {}{}{}\n",
                 good                              ? "held"
                 : part.outcome == Outcome::denied ? "MISSING"
                                                   : "unknown",
                 fmt::format("{}/{}", collector.name, part.name), right, part.error.empty() ? "" : ": ", part.error);
      all = all && good;
    }
  }
  co_return all;
}

asio::awaitable<bool> check(Examined& of) {
  fmt::print("What a2od may read of environment '{}' of tenant '{}', for the collectors that are on:\n\n",
             of.environment.name, of.tenant.name);
  bool all = co_await try_others(of);
  if (of.environment.has_dataverse()) all = co_await check_tables(of) && all;
  co_return all;
}

}  // namespace

int check_access(const std::string& config_file, const std::string& environment) {
  return examine_environment(config_file, environment, "", [](Examined& of) { return check(of); });
}

}  // namespace a2od
