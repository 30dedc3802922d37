// What a2od may read of an environment, as values: parts that were tried once, tables compared with our privileges.
#pragma once

#include "collectors/tables/access.hpp"
#include "daemon/commands/examination.hpp"

#include <boost/asio/awaitable.hpp>

#include <expected>
#include <string>
#include <string_view>
#include <vector>

namespace a2od {

/// A part of a collector that was run once. What is no table is tried: nobody tells beforehand what an identity may do
/// with it.
struct TriedPart {
  std::string_view collector;
  std::string_view part;
  TableRight right = TableRight::unknown;
  std::string name;   ///< of the right
  std::string error;  ///< empty when held
};

/// Whether the collector applies to the environment and is on.
[[nodiscard]] bool is_wanted(const Examined& of, const Collector& collector);

/// "jobs/backlog, jobs/stuck": the parts of wanted collectors that read the table.
[[nodiscard]] std::string users_of(const Examined& of, std::string_view table);

/// Runs each wanted collector of this scope that reads no tables.
boost::asio::awaitable<std::vector<TriedPart>> try_parts(Examined& of, Scope scope);

/// The tables that wanted collectors read, each once, in their order; or why they cannot be compared.
boost::asio::awaitable<std::expected<std::vector<TableAccess>, std::string>> compare_tables(Examined& of);

}  // namespace a2od
