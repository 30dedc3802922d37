#include "collectors/tables/access.hpp"

#include "daemon/commands/commands.hpp"
#include "daemon/commands/examination.hpp"
#include "daemon/commands/rights.hpp"

#include <fmt/format.h>

#include <string>
#include <vector>

namespace a2od {

namespace asio = boost::asio;

namespace {

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
  const auto access = co_await compare_tables(of);
  fmt::print("\nTables of Dataverse:\n");
  if (!access) {
    fmt::print("  cannot be compared: {}\n", access.error());
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

asio::awaitable<bool> try_others(Examined& of) {
  bool all = true;
  fmt::print("Tried once:\n");
  for (const auto scope : {Scope::tenant, Scope::environment}) {
    const auto parts = co_await try_parts(of, scope);
    for (const auto& tried : parts) {
      fmt::print("  {:<20} {:<40} {}{}{}\n", word_for(tried.right), fmt::format("{}/{}", tried.collector, tried.part),
                 tried.name, tried.error.empty() ? "" : ": ", tried.error);
      all = all && tried.right == TableRight::held;
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
