// The default templates: what each yields, and that Alertmanager's own yield the same, where they lie beside the
// source.
#include "tests/daemon/notify/templates/templates_fixture.hpp"

#include <gmock/gmock.h>

#include <filesystem>

namespace a2od {
namespace {

using namespace test;

std::string named(const std::string& name) { return expand("{{ template \"" + name + "\" . }}"); }

constexpr std::string_view kFiring =
    "Labels:\n - alertname = Down\n - Names = n\n - zone = 1\nAnnotations:\n - summary = <b>&\nSource: "
    "http://x/g?a=b&c\n";
constexpr std::string_view kResolved = "Labels:\n - alertname = Down\n - zone = 2\nAnnotations:\nSource: \n";

TEST(DefaultTemplates, SayWhatHappenedInOneLine) {
  const std::string subject = "[FIRING:1] Down (1)";
  const std::string url = "http://am/#/alerts?receiver=team%5C.x";
  for (const auto* name :
       {"__subject", "slack.default.title", "pagerduty.default.description", "opsgenie.default.message",
        "msteams.default.summary", "msteams.default.title", "msteamsv2.default.title", "email.default.subject"})
    EXPECT_EQ(named(name), subject) << name;
  for (const auto* name :
       {"__alertmanagerURL", "slack.default.titlelink", "pagerduty.default.clientURL", "opsgenie.default.source"})
    EXPECT_EQ(named(name), url) << name;
  EXPECT_EQ(named("slack.default.fallback"), subject + " | " + url);
  EXPECT_EQ(named("slack.default.color"), "danger");
  EXPECT_EQ(named("pagerduty.default.client"), "Alertmanager");
}

TEST(DefaultTemplates, ListAlertsAsText) {
  EXPECT_EQ(expand(R"({{ template "pagerduty.default.instances" .Alerts.Firing }})"), kFiring);
  EXPECT_EQ(named("opsgenie.default.description"),
            "t\nAlerts Firing:\n" + std::string(kFiring) + "\nAlerts Resolved:\n" + std::string(kResolved));
}

TEST(DefaultTemplates, ListAlertsAsMarkdown) {
  EXPECT_EQ(named("msteamsv2.default.text"),
            "\n\n# Alerts Firing:\n\nLabels:\n  - alertname = Down\n  - Names = n\n  - zone = 1\n\nAnnotations:\n"
            "  - summary = <b>&\n\nSource: http://x/g?a=b&c\n\n\n\n\n# Alerts Resolved:\n\nLabels:\n"
            "  - alertname = Down\n  - zone = 2\n\nAnnotations:\n\nSource: \n\n\n\n");
  EXPECT_EQ(named("msteams.default.text"), named("msteamsv2.default.text"));
}

TEST(DefaultTemplates, AreEmptyWhereAlertmanagersAre) {
  for (const auto* name : {"__description", "slack.default.callbackid", "slack.default.pretext", "slack.default.text",
                           "slack.default.footer", "slack.default.iconemoji", "slack.default.iconurl"})
    EXPECT_EQ(named(name), "") << name;
}

/// Messages that differ in what fires and in how many labels are shared.
std::vector<templates::Value> messages() {
  std::vector<templates::Value> all;
  for (const auto* status : {"firing", "resolved"}) {
    for (const std::size_t alerts : {0U, 1U, 2U}) {
      for (const auto* common : {R"({"alertname":"Down"})", R"({"alertname":"Down","zone":"","x":"<y>"})"}) {
        auto body = boost::json::parse(kBody).as_object();
        body["status"] = status;
        body["alerts"].as_array().resize(alerts);
        body["commonLabels"] = boost::json::parse(common);
        all.push_back(notification_data(body));
      }
    }
  }
  return all;
}

TEST(DefaultTemplates, YieldWhatAlertmanagersOwnYield) {
  const std::string file = A2OD_SOURCE_DIR "/../shared/conformance/alertmanager/default.tmpl";
  if (!std::filesystem::exists(file)) GTEST_SKIP() << "Alertmanager's templates are not there";
  const auto theirs = NotificationTemplates::load(std::vector{file});
  ASSERT_TRUE(theirs);
  const NotificationTemplates ours;
  for (const auto* name :
       {"__alertmanagerURL", "__subject", "__description", "slack.default.fallback", "slack.default.color",
        "pagerduty.default.client", "opsgenie.default.description", "msteams.default.text", "msteamsv2.default.text"}) {
    const auto text = "{{ template \"" + std::string(name) + "\" . }}";
    for (const auto& data : messages())
      EXPECT_EQ(shown(ours.expand(text, data, kExpandedAt)), shown(theirs->expand(text, data, kExpandedAt))) << name;
  }
}

}  // namespace
}  // namespace a2od
