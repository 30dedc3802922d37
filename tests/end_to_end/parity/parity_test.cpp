// An hour of incidents, seen by Debian's Prometheus and Alertmanager on one side and by a2od alone on the other, in
// parity mode: the same alerts fire at the same times, and the same messages arrive. Beside them a2od holding alerts.
#include "rules/alerting/group.hpp"
#include "tests/end_to_end/alertmanager.hpp"
#include "tests/end_to_end/parity/course.hpp"
#include "tests/end_to_end/parity/story.hpp"
#include "tests/end_to_end/stage.hpp"

#include <boost/json/value.hpp>
#include <fmt/format.h>
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

constexpr auto kFiles = A2OD_SOURCE_DIR "/tests/end_to_end/parity/";
constexpr auto kMonitoring = "http://monitoring.contoso.example";  ///< of the rules, on all sides
constexpr auto kAlertmanager = "http://alertmanager.contoso.example";
constexpr auto kHolding = "http://holding.contoso.example";
constexpr auto kAlways = "Watchdog";  ///< since before the hour
constexpr auto kNeverToldOfEnds = "board";
constexpr auto kEndsInhibited = "EnvironmentInAdminMode Contoso Depot";
constexpr auto kTold = "firing, resolved";
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

Moment wall_clock() { return std::chrono::duration_cast<Moment>(std::chrono::system_clock::now().time_since_epoch()); }

/// "5.0 to 29.0, 45.0 to 65.0"
std::string shown(const std::vector<Firing>& firings, Moment hour) {
  std::string text;
  for (const auto& [began, ended] : firings)
    text += fmt::format("{}{:.1f} to {}", text.empty() ? "" : ", ", minutes(began - hour),
                        ended ? fmt::format("{:.1f}", minutes(*ended - hour)) : "the end");
  return text.empty() ? "never" : text;
}

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
                           {std::string("--web.external-url=") + kMonitoring});
  }

  /// Everybody runs, has seen the estate, and has told of the one alert that always fires.
  bool all_are_ready() {
    return eventually([&] { return told().size() == 3; }, 90s, 200ms);
  }

  [[nodiscard]] std::set<std::string> told() const {
    std::set<std::string> sides;
    for (const auto& message : stage.received()) sides.emplace(message.at("externalURL").as_string());
    return sides;
  }

  void play() {
    auto begin = std::chrono::steady_clock::now();
    hour = wall_clock();
    fmt::print("minute  what happens\n");
    for (const auto& incident : story()) {
      ASSERT_NO_FATAL_FAILURE(watch_until(begin + incident.at));
      if (!incident.once_pending.empty()) EXPECT_TRUE(becomes_pending(std::string(incident.once_pending)));
      const auto reply = control(stage.tenant_port, std::string(incident.method), std::string(incident.target),
                                 std::string(incident.body));
      ASSERT_EQ(reply.status, 200U) << incident.what << ": " << reply.body;
      // What comes late delays the rest: what is to be seen stays for as long as the story wants.
      begin = std::max(begin, std::chrono::steady_clock::now() - incident.at);
      fmt::print("{:6.1f}  {}\n", minutes(wall_clock() - hour), incident.what);
    }
  }

  bool becomes_pending(const std::string& alert) {
    return eventually([&] { return std::ranges::count(stage.alerts("pending"), alert) > 0; }, 20s);
  }

  /// Meanwhile it notes why alerts are held.
  void watch_until(std::chrono::steady_clock::time_point end) {
    while (std::chrono::steady_clock::now() < end) {
      const auto answer = holding.api("/api/v1/alerts");
      ASSERT_TRUE(answer.is_object());
      for (const auto& alert : answer.at("data").at("alerts").as_array())
        if (alert.as_object().contains("held")) note_why_held(labels_of(alert.at("labels").as_object()));
      pause_for(500ms);
    }
  }

  void note_why_held(const LabelMap& labels) {
    if (why_held.contains(name_of(labels))) return;
    std::string matchers;
    for (const auto& [label, value] : labels) matchers += fmt::format("{}=\"{}\",", label, value);
    const auto answer = holding.api("/api/v1/explain?alert=" + url_encoded("{" + matchers + "}"));
    ASSERT_TRUE(answer.is_object());
    for (const auto& finding : answer.at("data").at("findings").as_array())
      if (const std::string text(finding.as_string()); text.starts_with("It is held")) why_held[name_of(labels)] = text;
  }

  /// All has ended that will, and everybody has told of it.
  void wait_for_the_end() {
    const auto quiet = [&] {
      const auto received = stage.received();
      for (const auto port : {stage.port, stage.prometheus_port, holding.port})
        if (firing(course_of(port)) != kInTheEnd) return false;
      for (const auto* side : {kMonitoring, kAlertmanager, kHolding})
        if (firing(without(told_by(side, received), kEndsInhibited), kNeverToldOfEnds) != kInTheEnd) return false;
      return told_of(told_by(kMonitoring, received), kEndsInhibited) == kTold;
    };
    EXPECT_TRUE(eventually(quiet, 40s, 500ms)) << "the sides do not come to agree; what differs is below";
  }

  /// By the number of firings: the times differ by when which daemon collects.
  void show_what_holding_changes(const Course& here, const std::vector<json::value>& received) {
    const auto held = course_of(holding.port);
    const auto alike = told_by(kMonitoring, received);
    const auto other = told_by(kHolding, received);
    std::map<std::string, std::string> changed;
    fmt::print("\nWhat holding changes\n");
    for (const auto& name : names_of(here, held)) {
      const auto resolving = firings_of(here, name);
      const auto keeping = firings_of(held, name);
      const bool differs = resolving.size() != keeping.size();
      if (!differs && !why_held.contains(name)) continue;
      const auto row = [&](const char* mode, const std::vector<Firing>& firings, const Told& told) {
        return fmt::format("  {:<16} {:<28} told: {}\n", mode, shown(firings, hour), told_of(told, name));
      };
      fmt::print("{}\n{}{}  {}\n", name, row("in parity mode", resolving, alike), row("holding", keeping, other),
                 why_held.contains(name) ? why_held.at(name) : "");
      if (differs) changed[name] = told_of(alike, name) + " / " + told_of(other, name);
    }
    using Changed = std::map<std::string, std::string>;
    EXPECT_EQ(changed,
              (Changed{{"MailboxesFailing Contoso Service", "firing, resolved, firing, resolved / firing, resolved"},
                       {"JobsStuck Contoso Production", "firing, resolved / nothing"}}))
        << "no other alert may differ";
    for (const auto& [name, what] : changed) EXPECT_TRUE(why_held.contains(name)) << name;
    fmt::print("Messages have the annotation `details` of: {}\n", fmt::join(told_with_details(other), ", "));
    EXPECT_TRUE(told_with_details(other).contains("FlowsFailing Contoso Finance"));
  }

  const std::vector<std::string> kInTheEnd{"EnvironmentOperationFailed Contoso UAT", kAlways};
  Stage stage{"parity_hour"};
  Stage holding{"parity_hour_holding"};
  Alertmanager alertmanager{stage.folder, "alertmanager", routing_to(stage.receiver_port)};
  Moment hour{};
  std::map<std::string, std::string> why_held;  ///< by the alert's name
};

/// How far the two are apart at most, and how far they may be, of one alert.
struct Distance {
  Moment apart{};
  Moment allowed{};
};

Distance compare(const std::string& alert, const Course& there, const Course& here) {
  const auto theirs = firings_of(there, alert);
  const auto ours = firings_of(here, alert);
  EXPECT_EQ(theirs.size(), ours.size()) << alert << " fires a different number of times";
  Distance largest;
  const auto measure = [&](Moment a, Moment b) {
    const auto apart = std::chrono::abs(a - b);
    const auto allowed = tolerance(there, here, a, b);
    EXPECT_LE(apart, allowed) << alert;
    if (apart >= largest.apart) largest = {apart, allowed};
  };
  for (std::size_t i = 0; i < std::min(theirs.size(), ours.size()); ++i) {
    if (alert != kAlways) measure(theirs[i].began, ours[i].began);
    EXPECT_EQ(theirs[i].ended.has_value(), ours[i].ended.has_value()) << alert;
    if (theirs[i].ended && ours[i].ended) measure(*theirs[i].ended, *ours[i].ended);
  }
  return largest;
}

void compare(const json::object& theirs, const json::object& ours, const Course& there, const Course& here) {
  EXPECT_EQ(json::value(comparable(theirs)), json::value(comparable(ours)));
  const auto& their_alerts = theirs.at("alerts").as_array();
  const auto& our_alerts = ours.at("alerts").as_array();
  for (std::size_t i = 0; i < std::min(their_alerts.size(), our_alerts.size()); ++i) {
    if (name_of(labels_of(our_alerts[i].at("labels").as_object())) == kAlways) continue;
    for (const auto* field : {"startsAt", "endsAt"}) {
      const auto a = time_in(their_alerts[i].as_object(), field);
      const auto b = time_in(our_alerts[i].as_object(), field);
      if (a && b) EXPECT_LE(std::chrono::abs(*a - *b), tolerance(there, here, *a, *b)) << field;
    }
  }
}

void compare_messages(const Told& theirs, const Told& ours, const Course& there, const Course& here) {
  for (const auto& [group, messages] : theirs) {
    SCOPED_TRACE(group.first + ", " + group.second);
    const auto known = ours.find(group);
    ASSERT_TRUE(known != ours.end()) << "only Alertmanager tells of it";
    EXPECT_EQ(messages.size(), known->second.size());
    for (std::size_t i = 0; i < std::min(messages.size(), known->second.size()); ++i)
      compare(messages[i], known->second[i], there, here);
  }
  for (const auto& [group, messages] : ours)
    EXPECT_TRUE(theirs.contains(group)) << "only a2od tells " << group.first << " of " << group.second;
}

void show_messages(const Told& theirs, const Told& ours) {
  std::map<std::string, std::pair<std::size_t, std::size_t>> counts;
  for (const auto& [group, messages] : theirs) counts[group.first].first += messages.size();
  for (const auto& [group, messages] : ours) counts[group.first].second += messages.size();
  fmt::print("\n{:<45} {:<26} a2od\n", "messages to", "Alertmanager");
  for (const auto& [receiver, count] : counts) fmt::print("{:<45} {:<26} {}\n", receiver, count.first, count.second);
}

/// The one thing that a2od tells and Alertmanager does not: only when Prometheus repeats the end after the inhibition,
/// if it still does then, Alertmanager tells it.
void show_what_differs_on_purpose(const Told& theirs, const Told& ours) {
  fmt::print("\nEnded while it was inhibited\n{:<45} {:<26} {}\n", kEndsInhibited, told_of(theirs, kEndsInhibited),
             told_of(ours, kEndsInhibited));
  EXPECT_EQ(told_of(ours, kEndsInhibited), kTold) << "whoever was told that it fires is told of its end";
}

/// Else two silent sides would agree.
void expect_the_whole_story(const Course& course, const Told& told) {
  const auto names = names_of(course, course);
  const std::vector<std::string> files{std::string(kFiles) + "rules.yml"};
  const auto groups = read_rule_files(files);
  ASSERT_TRUE(groups);
  for (const auto& group : *groups)
    for (const auto& rule : group.rules)
      EXPECT_TRUE(rule.alert.empty() ||
                  std::ranges::any_of(names, [&](const auto& name) { return name.starts_with(rule.alert); }))
          << rule.alert << " never fires";
  EXPECT_EQ(told_of(told, "EnvironmentInAdminMode Contoso Field"), "nothing") << "it is inhibited";
  EXPECT_EQ(told_of(told, "StorageOperationsBlocked"), "nothing") << "its route is muted";
}

TEST_F(ParityHour, OfIncidentsIsToldAlike) {
  ASSERT_TRUE(stage.start_daemon()) << stage.daemon->output();
  ASSERT_TRUE(holding.start_daemon()) << holding.daemon->output();
  ASSERT_TRUE(alertmanager.start({std::string("--web.external-url=") + kAlertmanager}))
      << alertmanager.process->output();
  start_prometheus();
  ASSERT_TRUE(all_are_ready()) << testing::PrintToString(told());
  ASSERT_NO_FATAL_FAILURE(play());
  wait_for_the_end();

  const auto there = course_of(stage.prometheus_port);
  const auto here = course_of(stage.port);
  ASSERT_FALSE(there.scrape_failed) << "a2od did not answer Prometheus within two seconds";
  fmt::print("\n{:<45} {:<26} {:<26} apart (at most)\n", "alert, fires from minute to minute", "Prometheus", "a2od");
  for (const auto& alert : names_of(there, here)) {
    const auto [apart, allowed] = compare(alert, there, here);
    fmt::print("{:<45} {:<26} {:<26} {:.1f} ({:.1f})\n", alert, shown(firings_of(there, alert), hour),
               shown(firings_of(here, alert), hour), minutes(apart), minutes(allowed));
  }
  const auto received = stage.received();
  const auto theirs = told_by(kAlertmanager, received);
  const auto ours = told_by(kMonitoring, received);
  show_messages(theirs, ours);
  compare_messages(without(theirs, kEndsInhibited), without(ours, kEndsInhibited), there, here);
  show_what_differs_on_purpose(theirs, ours);
  expect_the_whole_story(there, theirs);
  show_what_holding_changes(here, received);
}

}  // namespace
}  // namespace a2od::end_to_end
