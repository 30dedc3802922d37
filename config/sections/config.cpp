#include "config/schema/table.hpp"
#include "config/schema/values.hpp"
#include "config/sections/sections.hpp"

#include <set>

namespace a2od::schema {
namespace {

void check_overrides(Reader& reader, const Node& collector, std::span<const std::string_view> tenants) {
  const auto* overrides = collector.find("overrides");
  if (overrides == nullptr) return;
  const Reader::Step in_overrides(reader, "overrides");
  for (std::size_t i = 0; i < overrides->items().size(); ++i) {
    const auto* tenant = overrides->items()[i].find("tenant");
    if (tenant == nullptr) continue;
    const Reader::Step in_override(reader, i);
    const Reader::Step in_tenant(reader, "tenant");
    check_name(reader, *tenant, "tenant", tenants);
  }
}

/// The built-in ones, and the operator's own, whose names must be others.
std::vector<std::string_view> known_collectors(Reader& reader, const Node& root) {
  const auto built_in = reader.options().collectors;
  std::vector<std::string_view> known(built_in.begin(), built_in.end());
  for (const std::string_view section : {"odata", "exec"}) {
    const auto* list = root.find(section);
    if (list == nullptr) continue;
    const Reader::Step in_section(reader, section);
    for (std::size_t i = 0; i < list->items().size(); ++i) {
      const auto* name = list->items()[i].find("name");
      if (name == nullptr || name->kind() != Node::Kind::scalar) continue;
      const Reader::Step in_item(reader, i);
      const Reader::Step in_name(reader, "name");
      if (std::ranges::find(known, name->text()) != known.end())
        reader.problem(name->position(), "found " + describe(*name) + ", which another collector is called already");
      else
        known.push_back(name->text());
    }
  }
  return known;
}

void check_names(Reader& reader, const Node& node, const Config& /*config*/) {
  if (node.find("tenants") == nullptr && node.find("route") == nullptr && node.find("scrape_configs") == nullptr) {
    const Reader::Step in_tenants(reader, "tenants");
    reader.problem(node.position(), "missing, expected a list, each entry a mapping");
  }
  check_routes(reader, node);
  check_heartbeats(reader, node);
  check_maintenance(reader, node);
  const auto known = known_collectors(reader, node);
  const auto* collectors = node.find("collectors");
  if (collectors == nullptr) return;
  const auto tenants = names_in(node.find("tenants"));
  const Reader::Step in_collectors(reader, "collectors");
  for (const auto& entry : collectors->entries()) {
    if (std::ranges::find(known, entry.key) == known.end())
      reader.problem(entry.position, "unknown collector " + quote(entry.key) + instead_of(entry.key, known));
    const Reader::Step in_collector(reader, entry.key);
    check_overrides(reader, entry.value, tenants);
  }
}

}  // namespace

std::vector<std::string_view> names_in(const Node* list) {
  std::vector<std::string_view> names;
  if (list == nullptr) return names;
  for (const auto& item : list->items()) {
    const auto* name = item.find("name");
    if (name != nullptr && std::ranges::find(names, name->text()) == names.end()) names.push_back(name->text());
  }
  return names;
}

void check_name(Reader& reader, const Node& node, std::string_view what, std::span<const std::string_view> known) {
  if (node.kind() != Node::Kind::scalar || std::ranges::find(known, node.text()) != known.end()) return;
  reader.problem(node.position(),
                 "unknown " + std::string(what) + " " + quote(node.text()) + instead_of(node.text(), known));
}

void check_unique(Reader& reader, const Node& list, std::string_view key) {
  std::set<std::string_view> seen;
  for (std::size_t i = 0; i < list.items().size(); ++i) {
    const auto* value = list.items()[i].find(key);
    if (value == nullptr || value->kind() != Node::Kind::scalar || seen.insert(value->text()).second) continue;
    const Reader::Step in_item(reader, i);
    const Reader::Step in_key(reader, key);
    reader.problem(value->position(), "found " + describe(*value) + " twice, expected it to be unique");
  }
}

Type<Config> config() {
  auto type = section<Config>({
      .keys = {key("tenants", &Config::tenants, tenants(),
                   "the tenants that are watched; without any, a2od routes the alerts of others"),
               key("collectors", &Config::collectors, collectors(), "what differs from the collectors' own defaults"),
               key("odata", &Config::odata, odata(), "collectors of your own that read a table"),
               key("exec", &Config::exec, exec(), "collectors of your own that run a program"),
               key("scrape_configs", &Config::scrape_configs, scrape_configs(),
                   "exporters that are scraped, as Prometheus does"),
               key("transport", &Config::transport, transport(), "how Microsoft's APIs are reached"),
               key("rule_files", &Config::rule_files, rule_files(), "alerting and recording rules, as Prometheus'"),
               key("rules", &Config::rules, rules(), "how rules are evaluated"),
               key("learning", &Config::learning, duration(),
                   "how long after the very first start alerts are logged and shown instead of sent"),
               key("route", &Config::route, route(), "who is told of alerts, and how they are grouped"),
               key("receivers", &Config::receivers, receivers(), "where messages go"),
               key("inhibit_rules", &Config::inhibit_rules, inhibit_rules(), "which alerts silence which others"),
               key("time_intervals", &Config::time_intervals, time_intervals(),
                   "named parts of the calendar, for routes that are muted or active then"),
               key("mute_time_intervals", &Config::time_intervals, time_intervals(),
                   "the older name of time_intervals"),
               key("heartbeats", &Config::heartbeats, heartbeats(), "dead man's switches, both ways"),
               key("maintenance", &Config::maintenance, maintenance(), "when alerts are expected, and nobody is told"),
               key("flapping", &Config::flapping, flapping(),
                   "alerts that begin and end all the time; without it every change is told"),
               key("templates", &Config::templates, template_files(),
                   "files of templates for messages, over Alertmanager's own"),
               key("global", &Config::global, global(),
                   "settings for all receivers as in Alertmanager, and for scrape_configs as in Prometheus"),
               key("alertmanagers", &Config::alertmanagers, alertmanagers(),
                   "Alertmanagers elsewhere that are told of all alerts of the rules, beside route, or without one"),
               key("storage", &Config::storage, storage(), "what is kept"),
               key("web", &Config::web, web(), "the pages, the API and /metrics"),
               key("log", &Config::log, log(), "the log on stderr")},
      .refused = {{"alerting", "alerts are sent by route and receivers, or to alertmanagers"},
                  {"remote_write", "let a Prometheus scrape /federate, and write from there"},
                  {"remote_read", "a2od keeps its own history, see storage.retention"},
                  {"otlp", "a2od takes no samples, it scrapes them; write scrape_configs"},
                  {"runtime", "there is nothing to set"},
                  {"tracing", "a2od sends no traces"},
                  {"scrape_config_files", "write their entries under scrape_configs"}},
      .check = check_names,
  });
  type.read = [read = type.read](Reader& reader, const Node& node, Config& config) {
    read(reader, node, config);
    fill_receivers(reader, node, config);
    fill_scrape_configs(config);
  };
  return type;
}

}  // namespace a2od::schema
