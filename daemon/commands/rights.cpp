#include "daemon/commands/rights.hpp"

#include "collectors/settings.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace a2od {

namespace asio = boost::asio;

namespace {

bool reads_tables(const Collector& collector) {
  return std::ranges::any_of(collector.parts, [](const PartDescription& part) { return !part.table.empty(); });
}

std::vector<std::string> wanted_tables(const Examined& of) {
  std::vector<std::string> tables;
  for (const auto& collector : of.collectors) {
    if (!is_wanted(of, collector)) continue;
    for (const auto& part : collector.parts)
      if (!part.table.empty() && std::ranges::find(tables, part.table) == tables.end()) tables.emplace_back(part.table);
  }
  return tables;
}

/// Denied without a right that would help is something else: administration mode, signing in.
TableRight right_of(const Part& part) {
  if (part.outcome == Outcome::ok || part.outcome == Outcome::absent) return TableRight::held;
  return part.outcome == Outcome::denied && !part.missing_right.empty() ? TableRight::missing : TableRight::unknown;
}

}  // namespace

bool is_wanted(const Examined& of, const Collector& collector) {
  const auto* environment = collector.scope == Scope::environment ? &of.environment : nullptr;
  return collector.applies_to(of.environment) &&
         effective_settings(collector, of.config, of.tenant.name, environment).enabled;
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

asio::awaitable<std::vector<TriedPart>> try_parts(Examined& of, Scope scope) {
  std::vector<TriedPart> tried;
  for (const auto& collector : of.collectors) {
    if (collector.scope != scope || !is_wanted(of, collector) || reads_tables(collector)) continue;
    const auto finding = co_await examine(of, collector);
    for (std::size_t i = 0; i < finding.result.parts.size(); ++i) {
      const auto& part = finding.result.parts[i];
      const auto& description = collector.parts[i];
      tried.push_back({.collector = collector.name,
                       .part = description.name,
                       .right = right_of(part),
                       .name = part.missing_right.empty() ? std::string(description.right) : part.missing_right,
                       .error = part.error});
    }
  }
  co_return tried;
}

asio::awaitable<std::expected<std::vector<TableAccess>, std::string>> compare_tables(Examined& of) {
  cloud::RunSession session(of.session, of.clock.now(), std::chrono::minutes(2));
  auto run = run_of(of, session, &of.environment);
  TableReader reader(run);
  auto tables = wanted_tables(of);
  auto access = co_await read_access(reader, std::move(tables));
  if (!access) co_return std::unexpected(access.error().message);
  co_return std::move(*access);
}

}  // namespace a2od
