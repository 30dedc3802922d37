// The sections of the configuration file, each a table of its keys.
#pragma once

#include "config/config.hpp"
#include "config/schema/type.hpp"

#include <map>
#include <string>
#include <vector>

namespace a2od::schema {

[[nodiscard]] Type<std::vector<TenantConfig>> tenants();
[[nodiscard]] Type<std::map<std::string, CollectorConfig>> collectors();
/// Collectors of the operator's own.
[[nodiscard]] Type<std::vector<OdataCollectorConfig>> odata();
[[nodiscard]] Type<std::vector<ExecCollectorConfig>> exec();
[[nodiscard]] Type<TransportConfig> transport();
[[nodiscard]] Type<std::vector<std::string>> rule_files();
[[nodiscard]] Type<RulesConfig> rules();
[[nodiscard]] Type<RouteConfig> route();
[[nodiscard]] Type<std::vector<ReceiverConfig>> receivers();
[[nodiscard]] Type<StorageConfig> storage();
[[nodiscard]] Type<WebConfig> web();
[[nodiscard]] Type<LogConfig> log();

/// The whole file.
[[nodiscard]] Type<Config> config();

/// Reports every entry of a list that has the same value under `key` as one before it.
void check_unique(Reader& reader, const Node& list, std::string_view key);

}  // namespace a2od::schema
