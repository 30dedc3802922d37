// What every dashboard of deploy/grafana must be: the rules of Grafana's dashboard-linter, and some of our own.
// Exclusions stand in deploy/grafana/dashboards/.lint, each with its reason; one that excludes nothing is a fault.
#include "tests/deploy/dashboards.hpp"

#include "collectors/collector.hpp"
#include "config/document.hpp"
#include "daemon/self_metrics.hpp"
#include "daemon/web/api/syntax_tree.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <map>
#include <optional>
#include <ostream>
#include <regex>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

namespace a2od::deploy {
namespace {

namespace json = boost::json;
using testing::IsEmpty;

struct Fault {
  std::string panel;                  ///< empty: the dashboard itself
  std::optional<std::size_t> target;  ///< of the panel
  std::string what;
};
using Faults = std::vector<Fault>;

// ---- what several rules look at

bool has_text(const json::object& object, const char* name, std::string_view expected) {
  return text_of(object, name) == expected;
}

bool has(const json::object& object, const char* name, const json::value& expected) {
  const auto* value = object.if_contains(name);
  return value != nullptr && *value == expected;
}

const json::object* variable(const Dashboard& dashboard, std::string_view name) {
  for (const auto& entry : dashboard.variables())
    if (text_of(entry.as_object(), "name") == name) return &entry.as_object();
  return nullptr;
}

bool is_templated(const json::object& from) {
  const auto* source = from.if_contains("datasource");
  return source != nullptr && source->is_object() && has_text(source->get_object(), "type", "prometheus") &&
         has_text(source->get_object(), "uid", "${datasource}");
}

/// Every object within, the innermost first.
void each_object(const json::value& value, const std::function<void(const json::object&)>& visit) {
  if (const auto* array = value.if_array()) {
    for (const auto& item : *array) each_object(item, visit);
  } else if (const auto* object = value.if_object()) {
    for (const auto& member : *object) each_object(member.value(), visit);
    visit(*object);
  }
}

/// Durations that no dashboard has otherwise, so that they are known again in the syntax tree.
constexpr std::string_view kRateInterval = "4m13s";
constexpr std::int64_t kRateIntervalMs = 253'000;
constexpr std::string_view kRange = "1h7m";

json::value syntax_tree(std::string expression) {
  const auto query = with_durations(std::move(expression), kRateInterval, kRange);
  return json::parse(answer_parse_query({{"query", query}}).body);
}

using Node = json::object;
bool is_selector(const Node& node) {
  return has_text(node, "type", "vectorSelector") || has_text(node, "type", "matrixSelector");
}
bool is_rate(const Node& node) {
  static const std::set<std::string> kRates{"rate", "irate", "increase"};
  return has_text(node, "type", "call") && kRates.contains(text_of(node.at("func").as_object(), "name"));
}

Faults of_panels(const Dashboard& dashboard, const std::function<std::string(const json::object&)>& fault_of) {
  Faults faults;
  for (const auto& panel : dashboard.panels())
    if (auto what = fault_of(panel.as_object()); !what.empty())
      faults.push_back({text_of(panel.as_object(), "title"), {}, std::move(what)});
  return faults;
}

/// Of each node of each expression's syntax tree.
Faults of_nodes(const Dashboard& dashboard, const std::function<std::string(const Node&)>& fault_of) {
  Faults faults;
  for (const auto& question : dashboard.questions())
    each_object(syntax_tree(question.expression), [&](const json::object& node) {
      if (auto what = fault_of(node); !what.empty())
        faults.push_back({question.panel, question.target, std::move(what)});
    });
  return faults;
}

std::string lacks_matcher(const Node& node, std::string_view label) {
  if (!is_selector(node)) return {};
  const auto expected = json::object{{"name", label}, {"type", "=~"}, {"value", fmt::format("${}", label)}};
  for (const auto& matcher : node.at("matchers").as_array())
    if (matcher == expected) return {};
  return fmt::format("{} lacks {}=~\"${}\"", text_of(node, "name"), label, label);
}

const std::map<std::string, MetricType>& declared() {
  static const auto all = [] {
    std::map<std::string, MetricType> types;
    for (const auto& metric : declared_metrics(all_collectors())) types.emplace(metric.name, metric.type);
    return types;
  }();
  return all;
}

// ---- the rules

Faults is_classic(const Dashboard& dashboard) {
  const auto& model = dashboard.model;
  Faults faults;
  const auto expect = [&](bool ok, std::string what) {
    if (!ok) faults.push_back({{}, {}, std::move(what)});
  };
  const auto stem = dashboard.file.substr(0, dashboard.file.rfind('.'));
  expect(has(model, "id", nullptr), "id is not null");
  expect(has_text(model, "uid", "a2od-" + stem), "uid is not a2od-" + stem);
  expect(dashboard.title.starts_with("a2od / "), "the title does not begin with 'a2od / '");
  expect(!text_of(model, "description").empty(), "no description");
  for (const auto* name : {"schemaVersion", "version", "graphTooltip"})
    expect(model.contains(name) && model.at(name).is_number(), fmt::format("no {}", name));
  for (const auto* name : {"timezone", "refresh"}) expect(!text_of(model, name).empty(), fmt::format("no {}", name));
  expect(model.contains("time") && model.contains("annotations") && model.contains("links"), "a member is missing");
  const auto& tags = model.at("tags").as_array();
  expect(std::ranges::find(tags, json::value("a2od")) != tags.end(), "the tag a2od is missing");
  for (const auto* name : {"__inputs", "__requires", "apiVersion", "spec"})
    expect(!model.contains(name), fmt::format("{}: not as Grafana provisions it", name));
  return faults;
}

Faults is_uneditable(const Dashboard& dashboard) {
  return has(dashboard.model, "editable", false) ? Faults{} : Faults{{{}, {}, "editable is not false"}};
}

Faults has_datasource_variable(const Dashboard& dashboard) {
  Faults faults;
  std::size_t sources = 0;
  for (const auto& entry : dashboard.variables()) {
    const auto& object = entry.as_object();
    if (!has_text(object, "type", "datasource")) continue;
    ++sources;
    if (!has_text(object, "name", "datasource") || !has_text(object, "label", "Data Source") ||
        !has_text(object, "query", "prometheus"))
      faults.push_back({{}, {}, "the data source's variable is not named datasource, Data Source, of prometheus"});
  }
  if (sources != 1) faults.push_back({{}, {}, fmt::format("{} data source variables", sources)});
  return faults;
}

Faults has_variable(const Dashboard& dashboard, std::string_view name, std::string_view label) {
  const auto* found = variable(dashboard, name);
  if (found == nullptr) return {{{}, {}, fmt::format("no variable {}", name)}};
  const bool ok = has_text(*found, "type", "query") && has_text(*found, "label", label) && is_templated(*found) &&
                  has(*found, "multi", true) && has(*found, "includeAll", true) && has_text(*found, "allValue", ".+");
  return ok ? Faults{} : Faults{{{}, {}, fmt::format("variable {} is not as it must be", name)}};
}
Faults has_job(const Dashboard& dashboard) { return has_variable(dashboard, "job", "Job"); }
Faults has_instance(const Dashboard& dashboard) { return has_variable(dashboard, "instance", "Instance"); }

/// Those that choose what is watched let several be chosen and, with All, also what has no such label: an alert about a
/// tenant has no environment.
Faults variables_choose(const Dashboard& dashboard) {
  Faults faults;
  for (const auto& entry : dashboard.variables()) {
    const auto& object = entry.as_object();
    const auto name = text_of(object, "name");
    if (name == "datasource" || name == "job" || name == "instance") continue;
    if (name != "tenant" && name != "environment") faults.push_back({{}, {}, "unknown variable " + name});
    if (!has_text(object, "type", "query") || !is_templated(object) || !has(object, "multi", true) ||
        !has(object, "includeAll", true) || !has_text(object, "allValue", ".*"))
      faults.push_back({{}, {}, fmt::format("variable {} is not as it must be", name)});
  }
  return faults;
}

Faults variables_parse(const Dashboard& dashboard) {
  Faults faults;
  for (const auto& entry : dashboard.variables()) {
    const auto& object = entry.as_object();
    if (!has_text(object, "type", "query")) continue;
    const auto query = object.at("query").as_object();
    const auto [selector, label] = label_values(text_of(query, "query"));
    if (selector.empty() || !has_text(syntax_tree(selector).as_object(), "status", "success") ||
        text_of(object, "definition") != text_of(query, "query"))
      faults.push_back(
          {{}, {}, fmt::format("variable {} asks '{}'", text_of(object, "name"), text_of(query, "query"))});
  }
  return faults;
}

Faults variables_reload(const Dashboard& dashboard) {
  Faults faults;
  for (const auto& entry : dashboard.variables())
    if (has_text(entry.as_object(), "type", "query") && !has(entry.as_object(), "refresh", 2))
      faults.push_back(
          {{}, {}, text_of(entry.as_object(), "name") + " is not asked again when the time range changes"});
  return faults;
}

Faults panels_have_datasource(const Dashboard& dashboard) {
  return of_panels(dashboard, [](const json::object& panel) -> std::string {
    bool ok = is_templated(panel);
    for (const auto& target : panel.at("targets").as_array()) ok = ok && is_templated(target.as_object());
    return ok ? "" : "not of ${datasource}";
  });
}

Faults panels_say_what_they_are(const Dashboard& dashboard) {
  std::set<std::string> titles;
  return of_panels(dashboard, [&](const json::object& panel) -> std::string {
    if (text_of(panel, "title").empty()) return "no title";
    if (text_of(panel, "description").size() < 20) return "no description";
    return titles.insert(text_of(panel, "title")).second ? "" : "another panel has this title";
  });
}

Faults panels_have_units(const Dashboard& dashboard) {
  static const std::set<std::string> kUnits{"short",       "none",  "locale",          "s",
                                            "dtdurations", "bytes", "percentunit",     "reqps",
                                            "cps",         "cpm",   "dateTimeFromNow", "dateTimeAsIso"};
  return of_panels(dashboard, [](const json::object& panel) -> std::string {
    const auto unit = text_of(panel.at("fieldConfig").at("defaults").as_object(), "unit");
    if (!kUnits.contains(unit)) return fmt::format("unit '{}'", unit);
    for (const auto& column : panel.at("fieldConfig").at("overrides").as_array())
      for (const auto& property : column.at("properties").as_array())
        if (property.at("id") == "unit" && !kUnits.contains(std::string(property.at("value").as_string())))
          return fmt::format("unit '{}'", std::string(property.at("value").as_string()));
    return "";
  });
}

Faults panels_have_targets(const Dashboard& dashboard) {
  return of_panels(dashboard, [](const json::object& panel) -> std::string {
    std::set<std::string> names;
    const auto& targets = panel.at("targets").as_array();
    for (const auto& target : targets) names.insert(text_of(target.as_object(), "refId"));
    if (targets.empty()) return "asks nothing";
    return names.size() == targets.size() ? "" : "two targets have one name";
  });
}

Faults thresholds_ascend(const Dashboard& dashboard) {
  return of_panels(dashboard, [](const json::object& panel) {
    std::string fault;
    each_object(panel, [&](const json::object& object) {
      const auto* steps = object.if_contains("steps");
      if (steps == nullptr) return;
      std::optional<double> last;
      for (const auto& step : steps->as_array()) {
        const auto& value = step.at("value");
        const bool first = &step == &steps->as_array().front();
        if (first != value.is_null()) fault = "thresholds do not begin with a colour without value";
        if (!value.is_number()) continue;
        if (last && *last >= value.to_number<double>()) fault = "thresholds do not ascend";
        last = value.to_number<double>();
      }
    });
    return fault;
  });
}

/// An override for a column that is not there is ignored without a word.
Faults columns_exist(const Dashboard& dashboard) {
  return of_panels(dashboard, [](const json::object& panel) -> std::string {
    if (!has_text(panel, "type", "table")) return "";
    const auto targets = panel.at("targets").as_array().size();
    std::set<std::string> columns;
    for (const auto& step : panel.at("transformations").as_array()) {
      if (step.at("id") != "organize") continue;
      for (const auto& [from, to] : step.at("options").at("renameByName").as_object()) {
        columns.insert(std::string(to.as_string()));
        const std::string name(from);
        if (!name.starts_with("Value")) continue;
        const bool there =
            targets == 1 ? name == "Value" : name.size() == 8 && name[7] < static_cast<char>('A' + targets);
        if (!there) return fmt::format("no target makes column '{}'", name);
      }
    }
    for (const auto& column : panel.at("fieldConfig").at("overrides").as_array())
      if (const std::string name(column.at("matcher").at("options").as_string()); !columns.contains(name))
        return fmt::format("an override is for column '{}', which is not there", name);
    return "";
  });
}

Faults layout_is_clear(const Dashboard& dashboard) {
  constexpr std::size_t kMostPanels = 20;
  Faults faults;
  if (dashboard.panels().size() > kMostPanels) faults.push_back({{}, {}, "more than 20 panels"});
  std::set<std::pair<std::int64_t, std::int64_t>> taken;
  std::set<std::int64_t> ids;
  for (const auto& entry : dashboard.panels()) {
    const auto title = text_of(entry.as_object(), "title");
    if (!ids.insert(entry.at("id").to_number<std::int64_t>()).second) faults.push_back({title, {}, "its id is taken"});
    const auto number = [&](const char* name) { return entry.at("gridPos").at(name).to_number<std::int64_t>(); };
    if (number("x") + number("w") > 24) faults.push_back({title, {}, "wider than the page"});
    bool free = true;
    for (auto x = number("x"); x < number("x") + number("w"); ++x)
      for (auto y = number("y"); y < number("y") + number("h"); ++y) free = taken.insert({x, y}).second && free;
    if (!free) faults.push_back({title, {}, "lies over another panel"});
  }
  return faults;
}

Faults expressions_parse(const Dashboard& dashboard) {
  Faults faults;
  for (const auto& question : dashboard.questions()) {
    const auto answer = syntax_tree(question.expression);
    if (answer.at("status") != "success")
      faults.push_back({question.panel, question.target, std::string(answer.at("error").as_string())});
  }
  return faults;
}

Faults expressions_choose_job(const Dashboard& dashboard) {
  return of_nodes(dashboard, [](const Node& node) { return lacks_matcher(node, "job"); });
}
Faults expressions_choose_instance(const Dashboard& dashboard) {
  return of_nodes(dashboard, [](const Node& node) { return lacks_matcher(node, "instance"); });
}

/// A dashboard that lets a tenant or an environment be chosen applies that to every metric that has the label.
Faults expressions_choose_what_is_watched(const Dashboard& dashboard) {
  return of_nodes(dashboard, [&](const Node& node) -> std::string {
    if (!is_selector(node) || !text_of(node, "name").starts_with("d365_")) return {};
    const auto name = text_of(node, "name");
    const bool tenant_wide = name.starts_with("d365_tenant_") || name.starts_with("d365_credential_") ||
                             name.starts_with("d365_service_health_");
    auto fault = variable(dashboard, "tenant") == nullptr ? std::string() : lacks_matcher(node, "tenant");
    if (!fault.empty() || tenant_wide || variable(dashboard, "environment") == nullptr) return fault;
    return lacks_matcher(node, "environment");
  });
}

Faults rates_follow_the_interval(const Dashboard& dashboard) {
  return of_nodes(dashboard, [](const Node& node) -> std::string {
    if (!is_rate(node)) return {};
    const auto& window = node.at("args").at(0).as_object();
    return has(window, "range", kRateIntervalMs) ? "" : "a rate not over $__rate_interval";
  });
}

Faults counters_are_rated(const Dashboard& dashboard) {
  return of_nodes(dashboard, [](const Node& node) -> std::string {
    const auto metric = text_of(node, "name");
    const bool is_counter = declared().contains(metric) && declared().at(metric) == MetricType::counter;
    const bool plain = has_text(node, "type", "vectorSelector");
    if (plain && is_counter) return metric + " is a counter, and only its rate says something";
    if (!is_rate(node)) return {};
    const auto rated = text_of(node.at("args").at(0).as_object(), "name");
    return declared().contains(rated) && declared().at(rated) != MetricType::counter ? rated + " is no counter" : "";
  });
}

Faults metrics_are_known(const Dashboard& dashboard) {
  static const std::set<std::string> kOthers{"up", "ALERTS", "ALERTS_FOR_STATE"};
  return of_nodes(dashboard, [](const Node& node) -> std::string {
    const auto metric = text_of(node, "name");
    return !is_selector(node) || kOthers.contains(metric) || declared().contains(metric) ? ""
                                                                                         : "unknown metric " + metric;
  });
}

Faults variables_are_there(const Dashboard& dashboard) {
  static const std::set<std::string> kGrafanas{"__rate_interval", "__range", "__data.fields", "__url_time_range"};
  static const std::regex kVariable(R"(\$\{?(__data\.fields|\w+))");
  Faults faults;
  const auto text = json::serialize(dashboard.model);
  for (auto match = std::sregex_iterator(text.begin(), text.end(), kVariable); match != std::sregex_iterator(); ++match)
    if (const auto name = (*match)[1].str();
        !kGrafanas.contains(name) && variable(dashboard, name) == nullptr && name != "__all")
      faults.push_back({{}, {}, fmt::format("${} is no variable", name)});
  return faults;
}

Faults links_lead_somewhere(const Dashboard& dashboard) {
  static const std::regex kLink(R"(/d/([a-z0-9-]+))");
  std::set<std::string> uids;
  for (const auto& other : read_dashboards()) uids.insert(text_of(other.model, "uid"));
  Faults faults;
  const auto text = json::serialize(dashboard.model);
  for (auto match = std::sregex_iterator(text.begin(), text.end(), kLink); match != std::sregex_iterator(); ++match)
    if (!uids.contains((*match)[1].str())) faults.push_back({{}, {}, (*match)[0].str() + " leads nowhere"});
  for (const auto& link : dashboard.model.at("links").as_array())
    if (link.at("type") != "dashboards" || !has(link.as_object(), "includeVars", true) ||
        !has(link.as_object(), "keepTime", true))
      faults.push_back({{}, {}, "a link that forgets what was chosen"});
  if (dashboard.model.at("links").as_array().empty()) faults.push_back({{}, {}, "no link to the other dashboards"});
  return faults;
}

struct Rule {
  std::string name;  ///< as dashboard-linter has it, where it has one
  Faults (*faults_of)(const Dashboard&);
};
std::ostream& operator<<(std::ostream& out, const Rule& rule) { return out << rule.name; }

const Rule kRules[] = {
    {"classic-model", is_classic},
    {"uneditable-dashboard", is_uneditable},
    {"template-datasource-rule", has_datasource_variable},
    {"template-job-rule", has_job},
    {"template-instance-rule", has_instance},
    {"template-others", variables_choose},
    {"template-label-promql-rule", variables_parse},
    {"template-on-time-change-reload-rule", variables_reload},
    {"panel-datasource-rule", panels_have_datasource},
    {"panel-title-description-rule", panels_say_what_they_are},
    {"panel-units-rule", panels_have_units},
    {"panel-no-targets-rule", panels_have_targets},
    {"panel-thresholds", thresholds_ascend},
    {"panel-columns", columns_exist},
    {"panel-layout", layout_is_clear},
    {"target-promql-rule", expressions_parse},
    {"target-job-rule", expressions_choose_job},
    {"target-instance-rule", expressions_choose_instance},
    {"target-choice", expressions_choose_what_is_watched},
    {"target-rate-interval-rule", rates_follow_the_interval},
    {"target-counter-agg-rule", counters_are_rated},
    {"target-metrics", metrics_are_known},
    {"variables", variables_are_there},
    {"links", links_lead_somewhere},
};

// ---- exclusions

struct Exclusion {
  std::string rule;
  std::string dashboard;
  std::string panel;
  std::string target;  ///< a number, or empty: all of the panel
  bool reasoned = false;

  [[nodiscard]] bool covers(const std::string& title, const Fault& fault) const {
    return dashboard == title && panel == fault.panel &&
           (target.empty() || (fault.target && target == std::to_string(*fault.target)));
  }
};

std::string text_at(const a2od::Node& node, std::string_view key) {
  const auto* value = node.find(key);
  return value == nullptr ? std::string() : value->text();
}

std::vector<Exclusion> read_exclusions() {
  const auto document = read_document(A2OD_SOURCE_DIR "/deploy/grafana/dashboards/.lint");
  if (!document) throw std::runtime_error(".lint cannot be read");
  std::vector<Exclusion> all;
  for (const auto& rule : document->root.find("exclusions")->entries())
    for (const auto& entry : rule.value.find("entries")->items())
      all.push_back({rule.key, text_at(entry, "dashboard"), text_at(entry, "panel"), text_at(entry, "targetIdx"),
                     !text_at(rule.value, "reason").empty()});
  return all;
}

class Dashboards : public testing::TestWithParam<Rule> {};

TEST_P(Dashboards, Keep) {
  auto exclusions = read_exclusions();
  std::erase_if(exclusions, [](const Exclusion& exclusion) { return exclusion.rule != GetParam().name; });
  std::set<const Exclusion*> used;
  for (const auto& dashboard : read_dashboards()) {
    for (const auto& fault : GetParam().faults_of(dashboard)) {
      const auto excluded = std::ranges::find_if(
          exclusions, [&](const Exclusion& exclusion) { return exclusion.covers(dashboard.title, fault); });
      if (excluded != exclusions.end()) {
        used.insert(&*excluded);
        continue;
      }
      ADD_FAILURE() << dashboard.file << (fault.panel.empty() ? "" : ", panel '" + fault.panel + "'")
                    << (fault.target ? fmt::format(", target {}", *fault.target) : "") << ": " << fault.what;
    }
  }
  for (const auto& exclusion : exclusions) {
    EXPECT_TRUE(used.contains(&exclusion)) << ".lint excludes nothing at " << exclusion.panel;
    EXPECT_TRUE(exclusion.reasoned) << ".lint gives no reason at " << exclusion.rule;
  }
}

INSTANTIATE_TEST_SUITE_P(Rule, Dashboards, testing::ValuesIn(kRules), [](const auto& rule) {
  std::string name = rule.param.name;
  std::ranges::replace(name, '-', '_');
  return name;
});

TEST(DashboardExclusions, AreOfRulesThatExist) {
  for (const auto& exclusion : read_exclusions())
    EXPECT_TRUE(std::ranges::any_of(kRules, [&](const Rule& rule) { return rule.name == exclusion.rule; }))
        << exclusion.rule;
}

/// What is collected and shown nowhere is what nobody looks at.
TEST(Dashboard, ShowEveryMetricOfOursButThese) {
  std::set<std::string> hidden{// What others say more plainly.
                               "d365_dataverse_info", "d365_dataverse_organization_enabled",
                               "d365_environment_state_reason_info", "a2od_events_total", "a2od_history_samples_total",
                               // Seldom there: rules tell of them.
                               "d365_tenant_storage_license_lifecycle_timestamp_seconds",
                               "d365_tenant_storage_temporary_license_expiry_timestamp_seconds",
                               "d365_tenant_storage_overflow_bytes",
                               "d365_environment_storage_measured_timestamp_seconds", "a2od_alerts_flapping",
                               // For the eye that looks for something special.
                               "a2od_budget_hosts_throttled", "a2od_service_protection_remaining_requests",
                               "a2od_service_protection_remaining_seconds"};
  std::set<std::string> missing;
  for (const auto& [metric, type] : declared()) missing.insert(metric);
  for (const auto& dashboard : read_dashboards())
    for (const auto& question : dashboard.questions())
      each_object(syntax_tree(question.expression), [&](const json::object& node) {
        if (is_selector(node)) missing.erase(text_of(node, "name"));
      });
  EXPECT_EQ(missing, hidden);
}

TEST(Provisioning, IsReadable) {
  for (const auto* file : {"datasources/a2od.yaml", "dashboards/a2od.yaml"}) {
    const auto document = read_document(std::string(A2OD_SOURCE_DIR "/deploy/grafana/provisioning/") + file);
    ASSERT_TRUE(document) << file;
    EXPECT_THAT(document->problems, IsEmpty()) << file;
    EXPECT_EQ(text_at(document->root, "apiVersion"), "1") << file;
  }
}

}  // namespace
}  // namespace a2od::deploy
