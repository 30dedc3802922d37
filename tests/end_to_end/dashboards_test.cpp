// What the dashboards of deploy/grafana ask, asked of Debian's Prometheus that scrapes a2od, and of a2od itself: each
// question is understood, brings data, and has the same answer.
#include "tests/deploy/dashboards.hpp"

#include "tests/end_to_end/stage.hpp"

#include <boost/json/parse.hpp>
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <fstream>
#include <iterator>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace a2od::end_to_end {
namespace {

using namespace std::chrono_literals;
namespace json = boost::json;

/// What Grafana would make of $__rate_interval and $__range: many scrapes, and few enough to wait for.
constexpr std::string_view kInterval = "20s";
constexpr double kShown = 20;

/// The demo, and an environment with the troubles that it lacks: some panels show nothing where all is well.
std::string scenario() {
  std::ifstream file(A2OD_SOURCE_DIR "/tests/tenant/scenarios/demo.yaml");
  std::string text{std::istreambuf_iterator<char>(file), {}};
  text.insert(text.find("\noperations:"), R"(
  - name: Contoso Warehouse
    domain: contoso-warehouse
    storage: { database: 1GiB }
    tables:
      flowevents:
        - { eventtype: FlowRunIngestion, eventcode: IngestionRateDataLoss, createdon: 0, every: 5s }
      plugintracelogs:
        - { typename: Contoso.Stock, messagename: Update, mode: 0, createdon: 0, every: 2s, performanceexecutionduration: 2500 }
      importfiles:
        - { name: stock.csv, statuscode: 1, statecode: 0 }
      synapselinkprofiles:
        - { name: Stock, profilestate: 1 }
      synapselinkexternaltablestates:
        - { entityname: account, tablestate: 1, lastsyncstate: 1, lakehouseshortcutstate: 2 }
)");
  return text + R"(
faults:
  - { route: "login.microsoftonline.com/*", kind: server_error, status: 503, count: 1 }
)";
}

/// One thing that is asked: an expression, or the values of a label for a variable.
struct Asked {
  std::string where;
  std::string expression;
  std::string label;  ///< of a variable
  bool over_time = false;
};

std::vector<Asked> everything() {
  std::vector<Asked> all;
  for (const auto& dashboard : deploy::read_dashboards()) {
    for (const auto& question : dashboard.questions())
      all.push_back({fmt::format("{}, panel '{}', target {}", dashboard.file, question.panel, question.target),
                     deploy::filled_in(question.expression, kInterval, kInterval), "", !question.instant});
    for (const auto& variable : dashboard.variables()) {
      if (variable.at("type") != "query") continue;
      const auto [selector, label] = deploy::label_values(std::string(variable.at("definition").as_string()));
      all.push_back({fmt::format("{}, variable {}", dashboard.file, label),
                     deploy::filled_in(selector, kInterval, kInterval), label, false});
    }
  }
  return all;
}

/// Values by series. A range has more than one.
using Answer = std::map<std::string, std::vector<double>>;

Answer read_answer(const json::value& reply) {
  Answer answer;
  for (const auto& row : reply.at("data").at("result").as_array()) {
    std::map<std::string, std::string> labels;
    for (const auto& [name, value] : row.at("metric").as_object()) labels.emplace(name, value.as_string());
    std::string series;
    for (const auto& [name, value] : labels) series += fmt::format("{}={:?} ", name, value);
    auto& values = answer[series];
    const auto add = [&](const json::value& point) {
      values.push_back(std::stod(std::string(point.as_array().at(1).as_string())));
    };
    if (const auto* value = row.as_object().if_contains("value")) add(*value);
    if (const auto* points = row.as_object().if_contains("values")) std::ranges::for_each(points->as_array(), add);
  }
  return answer;
}

/// The data of a successful answer; an error's text is thrown.
json::value ask(std::uint16_t port, const std::string& target) {
  const auto reply = get(port, target);
  if (reply.status != 200) throw std::runtime_error(fmt::format("answered {}: {}", reply.status, reply.body));
  return json::parse(reply.body);
}

Answer at_once(std::uint16_t port, const std::string& expression, double at) {
  return read_answer(ask(port, fmt::format("/api/v1/query?query={}&time={}", url_encoded(expression), at)));
}

Answer over_time(std::uint16_t port, const std::string& expression, double start, double end, double step) {
  return read_answer(ask(port, fmt::format("/api/v1/query_range?query={}&start={}&end={}&step={}",
                                           url_encoded(expression), start, end, step)));
}

std::string names(const Answer& answer) {
  std::string text;
  for (const auto& [series, values] : answer) text += fmt::format("\n    {{{}}} {}", series, values.front());
  return text.empty() ? "\n    nothing" : text;
}

bool same_series(const Answer& one, const Answer& other) {
  return std::ranges::equal(
      one, other, {}, [](const auto& row) { return row.first; }, [](const auto& row) { return row.first; });
}

/// A value that moves is seen by a scrape at another moment: it was a2od's own around that time. Rates begin and end
/// with other samples.
bool was_among(double value, const std::vector<double>& around, bool rate) {
  const auto [least, most] = std::ranges::minmax(around);
  const double slack = (rate ? 0.1 : 1e-6) * std::max(std::abs(least), std::abs(most));
  return (value >= least - slack && value <= most + slack) || (std::isnan(value) && std::isnan(least));
}

class Dashboards : public testing::Test {
 protected:
  Stage stage{"dashboards"};

  void SetUp() override {
    stage.collectors.clear();
    for (const auto* collector :
         {"inventory", "operations", "dataverse", "finance_operations", "capacity", "jobs", "flows", "plugins", "batch",
          "mailboxes", "links", "integration", "identity", "service_health"})
      stage.collectors += fmt::format("\n  {}: {{interval: 10s, timeout: 8s}}", collector);
    stage.collectors += "\n";
    stage.rules = "  {no_data: prometheus, evaluation: interval, evaluation_interval: 2s, resolution: 2s}\n";
    stage.more = fmt::format(
        "heartbeats: {{incoming: [{{name: nightly-export, every: 1h}}]}}\n"
        "alertmanagers: [{{url: 'http://127.0.0.1:{}'}}]\n",
        free_port());
    stage.routing = fmt::format(R"(route:
  receiver: on-call
  group_wait: 0s
  routes: [{{matchers: ['severity="page"'], receiver: away}}]
receivers:
  - {{name: on-call, webhook_configs: [{{url: "http://127.0.0.1:{}/alerts"}}]}}
  - {{name: away, webhook_configs: [{{url: "http://127.0.0.1:{}/alerts"}}]}}
)",
                                stage.receiver_port, free_port());
    stage.start_tenant(scenario());
    stage.start_receiver();
    ASSERT_TRUE(stage.start_daemon()) << stage.daemon->output();
    stage.start_prometheus_beside();
    EXPECT_EQ(request(stage.port, "POST", "/api/v1/heartbeat/nightly-export").status / 100, 2U);
    const std::string kRead = "d365_mailbox_alerts_total{environment=\"Contoso Customer Service\"}";
    ASSERT_TRUE(eventually([&] { return !stage.query(kRead).empty(); }, 60s));
    const auto denied = control(stage.tenant_port, "POST", "/control/environments",
                                R"({"name": "Contoso Customer Service", "denied_tables": ["tracelog"]})");
    EXPECT_EQ(denied.status / 100, 2U) << denied.body;
  }

  /// Empty when both know the same values of the label.
  std::string compare_label(const Asked& asked) const {
    const auto target = fmt::format("/api/v1/label/{}/values?match[]={}", asked.label, url_encoded(asked.expression));
    const auto here = ask(stage.port, target).at("data").as_array();
    const auto there = ask(stage.prometheus_port, target).at("data").as_array();
    if (!here.empty() && here == there) return "";
    return fmt::format("a2od has {} values, Prometheus {}", here.size(), there.size());
  }

  std::string compare_series(const Asked& asked, double at) const {
    const auto here = at_once(stage.port, asked.expression, at);
    const auto there = at_once(stage.prometheus_port, asked.expression, at);
    if (here.empty() || !same_series(here, there))
      return fmt::format("\n  a2od: {}\n  Prometheus: {}", names(here), names(there));
    const auto around = over_time(stage.port, asked.expression, at - 6, at + 2, 1);
    const bool rate = asked.expression.contains(fmt::format("[{}]", kInterval));
    for (const auto& [series, values] : there) {
      const auto ours = around.find(series);
      if (ours == around.end() || !was_among(values.front(), ours->second, rate))
        return fmt::format("\n  {{{}}} is {} in Prometheus and {} in a2od", series, values.front(),
                           here.at(series).front());
    }
    return asked.over_time ? compare_ranges(asked, at) : "";
  }

  std::string compare_ranges(const Asked& asked, double end) const {
    const auto here = over_time(stage.port, asked.expression, end - kShown, end, 5);
    const auto there = over_time(stage.prometheus_port, asked.expression, end - kShown, end, 5);
    if (same_series(here, there)) return "";
    return fmt::format(" over time\n  a2od: {}\n  Prometheus: {}", names(here), names(there));
  }

  /// Empty when both understand, have data, and agree.
  std::string compare(const Asked& asked) const {
    const double now = std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
    try {
      return asked.label.empty() ? compare_series(asked, std::floor(now) - 3) : compare_label(asked);
    } catch (const std::exception& e) {
      return e.what();
    }
  }
};

TEST_F(Dashboards, PrometheusAndA2odAnswerAlike) {
  auto open = everything();
  ASSERT_GT(open.size(), 150U);
  EXPECT_TRUE(eventually(
      [&] {
        std::erase_if(open, [&](const Asked& asked) { return compare(asked).empty(); });
        return open.empty();
      },
      240s, 1s));
  for (const auto& asked : open)
    ADD_FAILURE() << asked.where << ": " << asked.expression << ": " << compare(asked) << "\n";
}

}  // namespace
}  // namespace a2od::end_to_end
