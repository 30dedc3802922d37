// Collectors of the operator's own, made from the configuration: they run, fail and are shown as the built-in ones.
#pragma once

#include "collectors/collector.hpp"
#include "config/config.hpp"

namespace a2od {

/// Rows or groups of a table, of each environment that has it. Columns that the table has not got are named at the
/// first run, with the nearest that it has.
[[nodiscard]] Collector odata_collector(const OdataCollectorConfig& config);

/// A program, once for each tenant. Its metrics are those that it prints.
[[nodiscard]] Collector exec_collector(const ExecCollectorConfig& config);

}  // namespace a2od
