// The tables of the simulated Dataverse and of finance and operations: their columns, and rows that a scenario gives
// them.
#pragma once

#include "config/document.hpp"
#include "config/time.hpp"

#include <boost/json/object.hpp>

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace a2od::tenant {

enum class ColumnType : std::uint8_t { text, number, flag, time };

struct Column {
  std::string_view name;
  ColumnType type = ColumnType::text;
};

struct Table {
  std::string_view set;        ///< "asyncoperations", "BatchJobs"
  std::string_view logical;    ///< "asyncoperation"; of finance and operations: the public entity
  std::string_view key;        ///< the column that comes unasked; made up where a row does not give it
  std::string_view privilege;  ///< "prvReadAsyncOperation"; empty in finance and operations
  std::span<const Column> columns;

  /// nullptr where there is none of this name.
  [[nodiscard]] const Column* column(std::string_view name) const;
};

[[nodiscard]] std::span<const Table> dataverse_tables();
[[nodiscard]] std::span<const Table> finance_operations_tables();
/// Among all of them; nullptr where there is none.
[[nodiscard]] const Table* table_of_set(std::string_view set);

/// A row, or a stream of them, as a scenario gives it. Columns that it does not name are null.
struct RowTemplate {
  /// Times are relative to the moment at which the row comes: `-3h` lies before it.
  std::map<std::string, std::variant<std::string, double, bool, Milliseconds>> values;
  std::uint64_t count = 1;  ///< of equal rows, apart from their keys
  Milliseconds every{};     ///< once more each such time from the tenant's start on; zero: at the start alone
};

/// By entity set.
using TableRows = std::map<std::string, std::vector<RowTemplate>>;

/// A mapping of entity sets to lists of rows, strictly: unknown sets, columns and types are problems.
void read_tables(const Node& node, TableRows& tables, Problems& problems);

/// The rows that are there at `now`, oldest first. `origin` makes keys differ between environments.
[[nodiscard]] std::vector<boost::json::object> rows_at(const Table& table, const TableRows& tables, Timestamp start,
                                                       Timestamp now, std::string_view origin);

}  // namespace a2od::tenant
