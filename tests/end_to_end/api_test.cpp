// What reads Prometheus' HTTP API reads a2od's: promtool, another Prometheus, vmalert, and Grafana's data source.
#include "tests/end_to_end/stage.hpp"

#include <boost/json/parse.hpp>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <ctime>
#include <string>
#include <vector>

namespace a2od::end_to_end {
namespace {

using namespace std::chrono_literals;
using testing::Contains;
using testing::HasSubstr;

constexpr const char* kForm = "Content-Type: application/x-www-form-urlencoded\r\n";

struct Api : testing::Test {
  Stage stage{std::string("api_") + testing::UnitTest::GetInstance()->current_test_info()->name()};
  std::string url = fmt::format("http://127.0.0.1:{}", stage.port);

  void SetUp() override {
    stage.start_tenant("demo.yaml");
    ASSERT_TRUE(stage.start_daemon()) << stage.daemon->output();
    ASSERT_TRUE(eventually([&] { return stage.query("d365_dataverse_reachable == 1").size() >= 3; }, 30s))
        << stage.daemon->output();
  }

  [[nodiscard]] Finished promtool(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), {A2OD_PEERS_DIR "/promtool", "query"});
    return run(arguments);
  }
  [[nodiscard]] boost::json::value data(const Reply& reply) const {
    EXPECT_EQ(reply.status, 200u) << reply.body;
    return boost::json::parse(reply.body).at("data");
  }
};

TEST_F(Api, PromtoolQueries) {
  const auto instant = promtool({"instant", url, "count(d365_dataverse_reachable) > 0"});
  EXPECT_EQ(instant.code, 0) << instant.output;
  EXPECT_THAT(instant.output, HasSubstr("{} => "));
  const auto range = promtool({"range", "--step=5s", url, "d365_dataverse_reachable"});
  EXPECT_EQ(range.code, 0) << range.output;
  EXPECT_THAT(range.output, HasSubstr("environment=\"Contoso Finance\""));
  const auto series = promtool({"series", "--match=d365_dataverse_reachable", url});
  EXPECT_EQ(series.code, 0) << series.output;
  EXPECT_THAT(series.output, HasSubstr("__name__=\"d365_dataverse_reachable\""));
  const auto labels = promtool({"labels", url, "tenant"});
  EXPECT_EQ(labels.code, 0) << labels.output;
  EXPECT_THAT(labels.output, HasSubstr("contoso"));
  const auto wrong = promtool({"instant", url, "sum("});
  EXPECT_NE(wrong.code, 0);
  EXPECT_THAT(wrong.output, HasSubstr("parse error"));
}

TEST_F(Api, QueriesFromTheCommandLine) {
  const auto query = [&](std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {program("a2od"), "query", "--server", url});
    return run(arguments);
  };
  const auto instant = query({"d365_dataverse_reachable{environment=\"Contoso Finance\"} * 2"});
  EXPECT_EQ(instant.code, 0) << instant.output;
  EXPECT_THAT(instant.output, HasSubstr("environment=\"Contoso Finance\""));
  EXPECT_THAT(instant.output, HasSubstr("}  2\n"));
  EXPECT_THAT(query({"1 + 1"}).output, testing::StrEq("2\n"));
  const auto range = query({"--since", "1m", "--step", "5s", "up"});
  EXPECT_EQ(range.code, 0) << range.output;
  EXPECT_THAT(range.output, HasSubstr("up{instance="));
  EXPECT_THAT(query({"--json", "up"}).output, HasSubstr("\"resultType\":\"vector\""));
  const auto wrong = query({"sum("});
  EXPECT_EQ(wrong.code, 1);
  EXPECT_THAT(wrong.output, HasSubstr("parse error"));
  const auto nobody = run({program("a2od"), "query", "--server", "http://127.0.0.1:9", "up"});
  EXPECT_EQ(nobody.code, 1);
  EXPECT_THAT(nobody.output, HasSubstr("is a2od running?"));
}

/// The requests of Grafana's Prometheus data source: its test, the query builder, variables, a panel, an instant query.
TEST_F(Api, GrafanaFindsWhatItAsksFor) {
  EXPECT_EQ(data(get(stage.port, "/api/v1/status/buildinfo")).at("version"), "3.0.0");
  EXPECT_EQ(data(request(stage.port, "POST", "/api/v1/query", "query=1%2B1&time=1700000000", kForm)).at("resultType"),
            "scalar");
  const auto strings = [](const boost::json::value& list) {
    std::vector<std::string> all;
    for (const auto& each : list.as_array()) all.emplace_back(each.as_string());
    return all;
  };
  const std::string hour =
      "start=" + std::to_string(std::time(nullptr) - 3600) + "&end=" + std::to_string(std::time(nullptr) + 60);
  EXPECT_THAT(strings(data(get(stage.port, "/api/v1/label/__name__/values?" + hour))),
              Contains("d365_dataverse_reachable"));
  EXPECT_THAT(
      strings(data(request(stage.port, "POST", "/api/v1/labels", "match[]=d365_dataverse_reachable&" + hour, kForm))),
      Contains("environment"));
  EXPECT_THAT(
      strings(data(get(stage.port, "/api/v1/label/environment/values?match[]=d365_dataverse_reachable&" + hour))),
      Contains("Contoso Finance"));
  EXPECT_FALSE(data(request(stage.port, "POST", "/api/v1/series", "match[]=d365_dataverse_reachable&" + hour, kForm))
                   .as_array()
                   .empty());
  const auto metadata = data(get(stage.port, "/api/v1/metadata"));
  EXPECT_EQ(metadata.at("d365_dataverse_reachable").as_array().front().at("type"), "gauge");
  const auto panel =
      data(request(stage.port, "POST", "/api/v1/query_range", "query=d365_dataverse_reachable&step=15&" + hour, kForm));
  EXPECT_EQ(panel.at("resultType"), "matrix");
  EXPECT_FALSE(panel.at("result").as_array().empty());
  EXPECT_TRUE(
      data(request(stage.port, "POST", "/api/v1/query_exemplars", "query=up&" + hour, kForm)).as_array().empty());
  EXPECT_FALSE(data(get(stage.port, "/api/v1/rules")).at("groups").as_array().empty());
  EXPECT_FALSE(data(get(stage.port, "/api/v1/targets?state=active")).at("activeTargets").as_array().empty());
  for (const auto* path : {"status/runtimeinfo", "status/flags", "status/tsdb", "status/config",
                           "format_query?query=up", "parse_query?query=rate(up[5m])"})
    EXPECT_EQ(get(stage.port, std::string("/api/v1/") + path).status, 200u) << path;
}

TEST_F(Api, AnotherPrometheusFederatesAndSendsItsAlerts) {
  stage.start_receiver();
  write_file(stage.folder / "prometheus.rules.yml", R"(
groups:
  - name: theirs
    interval: 1s
    rules: [{alert: Reached, expr: d365_dataverse_reachable == 1}]
)");
  stage.start_prometheus(fmt::format(R"(
scrape_configs:
  - job_name: federate
    scrape_interval: 1s
    honor_labels: true
    metrics_path: /federate
    params: {{"match[]": ['{{job="a2od"}}']}}
    static_configs: [{{targets: ["127.0.0.1:{0}"]}}]
rule_files: [prometheus.rules.yml]
alerting: {{alertmanagers: [{{static_configs: [{{targets: ["127.0.0.1:{0}"]}}]}}]}}
)",
                                     stage.port));
  const std::string question = "/api/v1/query?query=count(d365_dataverse_reachable)";
  EXPECT_TRUE(eventually(
      [&] {
        const auto there = get(stage.prometheus_port, question);
        const auto here = get(stage.port, question);
        if (there.status != 200 || here.status != 200) return false;
        const auto value = [](const Reply& reply) {
          const auto result = boost::json::parse(reply.body).at("data").at("result").as_array();
          return result.empty() ? std::string() : std::string(result[0].at("value").as_array()[1].as_string());
        };
        return !value(there).empty() && value(there) == value(here);
      },
      60s, 500ms))
      << stage.prometheus->output();
  EXPECT_TRUE(eventually([&] { return stage.was_told("Reached", "firing"); }, 30s, 500ms))
      << stage.prometheus->output();
}

TEST_F(Api, VmalertEvaluatesItsRulesHereAndItsAlertsAreDelivered) {
  stage.start_receiver();
  const auto port = free_port();
  write_file(stage.folder / "vmalert.yml", R"(
groups:
  - name: theirs
    interval: 1s
    rules:
      - alert: Reachable
        expr: d365_dataverse_reachable == 1
        labels: {severity: none}
)");
  Process vmalert(
      {A2OD_PEERS_DIR "/vmalert", "-datasource.url=" + url, "-notifier.url=" + url,
       "-rule=" + (stage.folder / "vmalert.yml").string(), fmt::format("-httpListenAddr=127.0.0.1:{}", port)},
      stage.folder / "vmalert.log");
  EXPECT_TRUE(eventually(
      [&] {
        const auto reply = get(port, "/api/v1/alerts");
        return reply.status == 200 && reply.body.find("Contoso Finance") != std::string::npos &&
               reply.body.find("\"firing\"") != std::string::npos;
      },
      60s, 500ms))
      << vmalert.output();
  EXPECT_TRUE(eventually([&] { return stage.was_told("Reachable", "firing"); }, 30s, 500ms)) << stage.daemon->output();
}

TEST_F(Api, AmtoolAddsAndFindsAlerts) {
  stage.start_receiver();
  const auto amtool = [&](std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {A2OD_PEERS_DIR "/amtool", "--alertmanager.url=" + url});
    return run(arguments);
  };
  const auto added =
      amtool({"alert", "add", "Backup", "tenant=contoso", "severity=none", "--annotation=summary=No backup"});
  EXPECT_EQ(added.code, 0) << added.output;
  const auto found = amtool({"alert", "query", "-o", "extended", "alertname=~Back.*", "tenant=contoso"});
  EXPECT_EQ(found.code, 0) << found.output;
  EXPECT_THAT(found.output, HasSubstr("alertname=\"Backup\""));
  EXPECT_THAT(found.output, HasSubstr("summary=\"No backup\""));
  EXPECT_THAT(amtool({"alert", "query", "tenant!=contoso"}).output, testing::Not(HasSubstr("Backup")));
  EXPECT_TRUE(eventually([&] { return stage.was_told("Backup", "firing"); }, 30s)) << stage.daemon->output();
  const auto configuration = amtool({"config", "show"});
  EXPECT_EQ(configuration.code, 0) << configuration.output;
  EXPECT_THAT(configuration.output, HasSubstr("receiver: on-call"));
  const auto routes = amtool({"config", "routes", "test", "severity=page"});
  EXPECT_EQ(routes.code, 0) << routes.output;
  EXPECT_THAT(routes.output, HasSubstr("on-call"));
}

}  // namespace
}  // namespace a2od::end_to_end
