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
/// Exporters that are scraped.
[[nodiscard]] Type<std::vector<ScrapeConfig>> scrape_configs();
[[nodiscard]] Type<TransportConfig> transport();
/// Files that are named or match a pattern: those of rules sorted, of templates in the order that is written.
[[nodiscard]] Type<std::vector<std::string>> rule_files();
[[nodiscard]] Type<std::vector<std::string>> template_files();
[[nodiscard]] Type<RulesConfig> rules();
/// Settings for all receivers, and for all exporters.
[[nodiscard]] Type<GlobalConfig> global();
[[nodiscard]] Type<RouteConfig> route();
[[nodiscard]] Type<std::vector<InhibitRuleConfig>> inhibit_rules();
[[nodiscard]] Type<std::vector<NamedTimeInterval>> time_intervals();
/// One time interval.
[[nodiscard]] Type<TimeInterval> calendar();
/// A list of matchers.
[[nodiscard]] Type<std::vector<Matcher>> matchers();
[[nodiscard]] Type<std::vector<ReceiverConfig>> receivers();
[[nodiscard]] Type<std::vector<AlertmanagerConfig>> alertmanagers();
[[nodiscard]] Type<HeartbeatsConfig> heartbeats();
[[nodiscard]] Type<MaintenanceConfig> maintenance();
[[nodiscard]] Type<FlappingConfig> flapping();
[[nodiscard]] Type<StorageConfig> storage();
[[nodiscard]] Type<WebConfig> web();
[[nodiscard]] Type<LogConfig> log();

/// The whole file.
[[nodiscard]] Type<Config> config();

/// Gives each receiver what it leaves to `global`, and reports what is in neither.
void fill_receivers(Reader& reader, const Node& root, Config& config);

/// Gives each of what is scraped what it leaves to `global`.
void fill_scrape_configs(Config& config);

/// What is named in routes must be defined: receivers and time intervals.
void check_routes(Reader& reader, const Node& root);
/// The receivers of outgoing heartbeats must be defined.
void check_heartbeats(Reader& reader, const Node& root);
/// The time intervals of maintenance windows must be defined.
void check_maintenance(Reader& reader, const Node& root);

/// Reports every entry of a list that has the same value under `key` as one before it.
void check_unique(Reader& reader, const Node& list, std::string_view key);

/// A list in which no two entries have the same value under `key`.
template <class Item>
Type<std::vector<Item>> unique_list_of(std::string_view key, Type<Item> item,
                                       Emptiness emptiness = Emptiness::allowed) {
  auto list = list_of(std::move(item), emptiness);
  list.read = [key, read = list.read](Reader& reader, const Node& node, std::vector<Item>& items) {
    read(reader, node, items);
    check_unique(reader, node, key);
  };
  return list;
}

/// Reports a name that is not among the known ones.
void check_name(Reader& reader, const Node& node, std::string_view what, std::span<const std::string_view> known);
/// The `name` of each entry of a list, which may be absent.
[[nodiscard]] std::vector<std::string_view> names_in(const Node* list);

}  // namespace a2od::schema
