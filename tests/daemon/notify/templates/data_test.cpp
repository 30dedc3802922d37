#include "daemon/notify/templates/data.hpp"

#include "tests/daemon/notify/templates/templates_fixture.hpp"

#include <gmock/gmock.h>

namespace a2od {
namespace {

using namespace test;
using testing::HasSubstr;

class NotificationField : public testing::TestWithParam<Expansion> {};

TEST_P(NotificationField, IsAlertmanagers) { EXPECT_EQ(expand(GetParam().text), GetParam().expected); }

INSTANTIATE_TEST_SUITE_P(
    Fields, NotificationField,
    testing::Values(
        Expansion{R"({{ .Receiver }} {{ .Status }} {{ .ExternalURL }})", R"(team\.x firing http://am)"},
        Expansion{"{{ .GroupKey }} {{ .TruncatedAlerts }}", "{}:{} 3"},
        Expansion{"{{ len .Alerts }} {{ len .Alerts.Firing }} {{ .Alerts.Resolved | len }}", "2 1 1"},
        Expansion{"{{ range .Alerts.Resolved }}{{ .Labels.zone }} {{ .Status }} {{ .Fingerprint }}{{ end }}",
                  "2 resolved bb"},
        Expansion{"{{ (index .Alerts 0).Annotations.summary }} {{ (index .Alerts 0).GeneratorURL }}",
                  "<b>& http://x/g?a=b&c"},
        Expansion{"{{ (index .Alerts 0).Labels.missing }}|", "|"},
        Expansion{"{{ range .CommonLabels.SortedPairs }}{{ .Name }}={{ .Value }};{{ end }}", "alertname=Down;zone=1;"},
        Expansion{"{{ .CommonLabels.Names }} {{ .CommonLabels.SortedPairs.Names }}",
                  "[alertname zone] [alertname zone]"},
        Expansion{"{{ .CommonLabels.Values }} {{ .CommonLabels.SortedPairs.Values }}", "[Down 1] [Down 1]"},
        Expansion{"{{ (.CommonLabels.Remove .GroupLabels.Names).Names }}", "[zone]"},
        Expansion{"{{ .CommonLabels }} {{ .CommonLabels.SortedPairs }} {{ .CommonLabels.String }}",
                  "alertname=Down, zone=1 alertname=Down, zone=1 alertname=Down, zone=1"},
        Expansion{"{{ range $k, $v := .CommonLabels }}{{ $k }}:{{ $v }} {{ end }}", "alertname:Down zone:1 "},
        Expansion{R"({{ index .GroupLabels "alertname" }})", "Down"},
        Expansion{"{{ (index .Alerts.Firing 0).StartsAt.Format \"15:04:05.000\" }}", "10:00:00.500"},
        Expansion{"{{ (index .Alerts 0).EndsAt.IsZero }} {{ (index .Alerts 0).EndsAt }}",
                  "true 0001-01-01 00:00:00 +0000 UTC"},
        Expansion{"{{ with index .Alerts 1 }}{{ .EndsAt.Sub .StartsAt }}{{ end }}", "1h30m0s"},
        Expansion{"{{ with index .Alerts 1 }}{{ (.StartsAt.Add 28800e9).Format \"15:04\" }}{{ end }}", "18:00"}));

TEST(NotificationData, MethodsGoBeforeLabelsOfTheirNames) {
  EXPECT_EQ(expand("{{ (index .Alerts 0).Labels.Names }}"), "[alertname Names zone]");
}

TEST(NotificationData, HasNoOtherFields) {
  EXPECT_THAT(expand("{{ .Nothing }}"), HasSubstr("no field 'Nothing' in a template.Data"));
  EXPECT_THAT(expand("{{ .Alerts.Silenced }}"), HasSubstr("no field 'Silenced' in a template.Alerts"));
  EXPECT_THAT(expand("{{ .CommonLabels.Remove }}"), HasSubstr("Remove: needs arguments"));
}

TEST(NotificationData, IsEmptyWhereTheBodyIsNot) {
  for (const auto* body :
       {"null", "[]", "{}", R"({"alerts":[null,1,{"labels":[],"startsAt":"x"}],"groupLabels":{"a":1},"status":[]})",
        R"({"truncatedAlerts":1e300})", R"({"truncatedAlerts":-1})"}) {
    const auto data = notification_data(boost::json::parse(body));
    for (const auto* name :
         {"__subject", "opsgenie.default.description", "msteamsv2.default.text", "slack.default.fallback"})
      EXPECT_THAT(expand("{{ template \"" + std::string(name) + "\" . }}", data), testing::Not(HasSubstr("error")))
          << body;
    EXPECT_TRUE(NotificationTemplates().expand_html(R"({{ template "email.default.html" . }})", data, kExpandedAt));
    EXPECT_TRUE(NotificationTemplates().expand("{{ toJson . }}{{ . }}", data, kExpandedAt));
  }
}

}  // namespace
}  // namespace a2od
