// An hour of incidents, seen by Debian's Prometheus and Alertmanager on one side and by a2od alone on the other: the same
// alerts fire at the same times, and the same messages arrive. Beside them, a2od as it is without parity mode: holding.
#include "tests/end_to_end/alertmanager.hpp"
#include "tests/end_to_end/parity/course.hpp"
#include "tests/end_to_end/parity/story.hpp"
#include "tests/end_to_end/stage.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <set>
#include <string>
#include <vector>

namespace a2od::end_to_end {
namespace {

namespace json = boost::json;
using namespace std::chrono_literals;
using SteadyTime = std::chrono::steady_clock::time_point;

constexpr auto kFiles = A2OD_SOURCE_DIR "/tests/end_to_end/parity/";
constexpr auto kMonitoring = "http://monitoring.contoso.example";  ///< of the rules, on all sides
constexpr auto kAlertmanager = "http://alertmanager.contoso.example";
constexpr auto kHolding = "http://holding.contoso.example";
constexpr auto kCollectors = R"(
  inventory: {interval: 10s, timeout: 8s}
  dataverse: {interval: 10s, timeout: 8s}
  operations: {interval: 10s, timeout: 8s}
  capacity: {interval: 10s, timeout: 8s}
  identity: {interval: 10s, timeout: 8s}
  jobs: {enabled: false, interval: 10s, timeout: 8s, overrides: [{environment: Contoso Production, enabled: true}]}
  flows: {enabled: false, interval: 10s, timeout: 8s, overrides: [{environment: Contoso Finance, enabled: true}]}
  mailboxes: {enabled: false, interval: 10s, timeout: 8s, overrides: [{environment: Contoso Service, enabled: true}]}
  finance_operations: {enabled: false}
  plugins: {enabled: false}
  batch: {enabled: false}
  links: {enabled: false}
  integration: {enabled: false}
)";

std::string text_of(const std::string& name) {
  std::ifstream file(kFiles + name);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string routing_to(std::uint16_t port) {
  auto text = text_of("alertmanager.yml");
  const std::string place = "RECEIVER/";
  for (auto at = text.find(place); at != std::string::npos; at = text.find(place))
    text.replace(at, place.size(), fmt::format("127.0.0.1:{}/", port));
  return text;
}

double minutes(Moment since) { return static_cast<double>(since.count()) / 1000; }

class ParityHour : public testing::Test {
 protected:
  ParityHour() {
    stage.start_tenant(text_of("estate.yaml"));
    stage.start_receiver();
    holding.tenant_port = stage.tenant_port;
    holding.receiver_port = stage.receiver_port;
    std::filesystem::create_directory_symlink(stage.folder / "tenant", holding.folder / "tenant");
    configure(stage, "prometheus", kMonitoring);
    configure(holding, "hold", kHolding);
  }

  static void configure(Stage& side, const std::string& no_data, const std::string& external_url) {
    side.collectors = kCollectors;
    side.rules = fmt::format(
        "  no_data: {}\n  evaluation: interval\n  evaluation_interval: 1s\n  resolution: 2s\n"
        "  external_labels: {{site: north}}\n",
        no_data);
    side.rule_files = std::string("  - ") + kFiles + "rules.yml\n";
    side.routing = routing_to(side.receiver_port);
    side.external_url = external_url;
    side.more = "maintenance: {environments: {enabled: false}}\n";
  }

  void start_prometheus() {
    stage.start_prometheus(fmt::format(R"(
global: {{scrape_interval: 2s, scrape_timeout: 2s, evaluation_interval: 1s, external_labels: {{site: north}}}}
rule_files: ["{}rules.yml"]
alerting: {{alertmanagers: [{{static_configs: [{{targets: ["127.0.0.1:{}"]}}]}}]}}
scrape_configs: [{{job_name: a2od, static_configs: [{{targets: ["127.0.0.1:{}"]}}]}}]
)",
                                       kFiles, alertmanager.port, stage.port),
                           // What it sends before it has found its Alertmanager is lost until then.
                           {std::string("--web.external-url=") + kMonitoring, "--rules.alert.resend-delay=10s"});
  }

  /// Everybody runs, has seen the estate, and has told of the one alert that always fires.
  bool all_are_ready() {
    return eventually([&] { return told().size() == 3; }, 60s, 200ms);
  }

  [[nodiscard]] std::set<std::string> told() const {
    std::set<std::string> sides;
    for (const auto& message : stage.received()) sides.emplace(message.at("externalURL").as_string());
    return sides;
  }

  void play() {
    auto begin = std::chrono::steady_clock::now();
    hour = std::chrono::duration_cast<Moment>(std::chrono::system_clock::now().time_since_epoch());
    for (const auto& incident : story()) {
      watch_until(begin + incident.at);
      if (!incident.once_pending.empty())
        EXPECT_TRUE(eventually(
            [&] { return testing::Value(stage.alerts("pending"), testing::Contains(std::string(incident.once_pending))); },
            20s))
            << incident.once_pending;
      const auto reply = control(stage.tenant_port, std::string(incident.method), std::string(incident.target),
                                 std::string(incident.body));
      ASSERT_EQ(reply.status, 200U) << incident.what << ": " << reply.body;
      // What comes late delays the rest: what is to be seen stays for as long as the story wants.
      begin = std::max(begin, std::chrono::steady_clock::now() - incident.at);
      const auto now = std::chrono::duration_cast<Moment>(std::chrono::system_clock::now().time_since_epoch());
      fmt::print("{:7.1f}  {}\n", minutes(now - hour), incident.what);
    }
  }

  /// Meanwhile it notes why alerts are held.
  void watch_until(SteadyTime end) {
    while (std::chrono::steady_clock::now() < end) {
      const auto answer = holding.api("/api/v1/alerts");
      for (const auto& alert : answer.at("data").at("alerts").as_array())
        if (alert.as_object().contains("held")) note_why_held(alert.at("labels").as_object());
      pause_for(500ms);
    }
  }

  void note_why_held(const json::object& labels) {
    std::string matchers;
    for (const auto* label : {"alertname", "environment"})
      if (labels.contains(label)) matchers += fmt::format("{}=\"{}\",", label, labels.at(label).as_string().c_str());
    const auto answer = holding.api("/api/v1/explain?alert=" + url_encoded("{" + matchers + "}"));
    for (const auto& finding : answer.at("data").at("findings").as_array())
      if (const std::string text(finding.as_string()); text.starts_with("It is held")) why_held.emplace(matchers, text);
  }

  Stage stage{"parity_hour"};
  Stage holding{"parity_hour_holding"};
  Alertmanager alertmanager{stage.folder, "alertmanager", routing_to(stage.receiver_port)};
  Moment hour{};
  std::map<std::string, std::string> why_held;
};

TEST_F(ParityHour, OfIncidentsIsToldAlike) {
  ASSERT_TRUE(stage.start_daemon()) << stage.daemon->output();
  ASSERT_TRUE(holding.start_daemon()) << holding.daemon->output();
  ASSERT_TRUE(alertmanager.start({std::string("--web.external-url=") + kAlertmanager})) << alertmanager.process->output();
  start_prometheus();
  ASSERT_TRUE(all_are_ready()) << testing::PrintToString(told());
  play();
  pause_for(15s);
  const auto here = course_of(stage.port);
  const auto there = course_of(stage.prometheus_port);
  const auto held = course_of(holding.port);
  for (const auto& [name, course] : {std::pair{"prom", &there}, {"a2od", &here}, {"hold", &held}})
    for (const auto& [labels, firings] : course->firings)
      for (const auto& firing : firings)
        fmt::print("{} {:50} {:.1f} {:.1f}\n", name, name_of(labels), minutes(firing.began - hour), firing.ended ? minutes(*firing.ended - hour) : 999);
  for (const auto& [name, text] : why_held) fmt::print("{} {}\n", name, text);
  for (const auto* url : {kMonitoring, kAlertmanager, kHolding}) {
   fmt::print("{}\n", url);
    for (const auto& [group, messages] : told_by(url, stage.received())) {
     fmt::print("  {} {}\n", group.first, group.second);
     for (const auto& m : messages) fmt::print("     {}\n", json::serialize(m));
    }
  }
}

}  // namespace
}  // namespace a2od::end_to_end
