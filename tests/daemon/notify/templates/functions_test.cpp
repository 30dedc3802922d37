#include "daemon/notify/templates/functions.hpp"

#include "tests/daemon/notify/templates/templates_fixture.hpp"

#include <gmock/gmock.h>

namespace a2od {
namespace {

using namespace test;
using testing::HasSubstr;
using testing::Values;

class NotificationFunction : public testing::TestWithParam<Expansion> {};

TEST_P(NotificationFunction, MeansWhatItMeansToAlertmanager) {
  EXPECT_EQ(expand(GetParam().text), GetParam().expected);
}

INSTANTIATE_TEST_SUITE_P(
    Texts, NotificationFunction,
    Values(Expansion{R"({{ toUpper "a" }}{{ toLower "B" }}{{ title "two words" }})", "AbTwo Words"},
           Expansion{"{{ trimSpace \" \\t\\u00a0a b\\u3000\\n\" }}|{{ trimSpace \" \" }}|", "a b||"},
           Expansion{R"t({{ match "^D" .GroupLabels.alertname }} {{ reReplaceAll "(o)" "<$1>" "Down" }})t",
                     "true D<o>wn"},
           Expansion{R"({{ join "," .GroupLabels.Values }} {{ stringSlice "a" "b" | join "-" }})", "Down a-b"},
           Expansion{R"({{ safeHtml "<" }}{{ safeUrl "/a?b" }}{{ urlUnescape "a%20b+c%C3%A9" }})", "</a?ba b cé"},
           Expansion{R"({{ base64decode "YTI=" }}{{ base64decode "" }}{{ base64decode "b2Q\r\n=" }})", "a2od"},
           Expansion{R"({{ printf "%q" (dict "b" 1 "a" (list 1 "x")) }})",
                     R"(%!q(map[string]interface {}=map[a:[1 x] b:1]))"}));

INSTANTIATE_TEST_SUITE_P(
    Collections, NotificationFunction,
    Values(Expansion{R"({{ $d := dict "k" (list 1 2) "n" nil }}{{ $d.k }} {{ len $d }} {{ $d.missing }})",
                     "[1 2] 2 <no value>"},
           Expansion{R"({{ range $k, $v := dict "b" 1 "a" 2 }}{{ $k }}{{ $v }}{{ end }})", "a2b1"},
           Expansion{R"({{ if dict }}a{{ else }}b{{ end }}{{ index (dict "x" 3) "x" }})", "b3"},
           Expansion{R"({{ append (list 1) 2 "c" }} {{ list }} {{ append (stringSlice "" "") }})", "[1 2 c] [] [ ]"}));

INSTANTIATE_TEST_SUITE_P(
    Json, NotificationFunction,
    Values(Expansion{R"({{ toJson (list nil true 1 1.5 1e30 0.0000001 "<é\u2028\x01\"\n\xff") }})",
                     R"([null,true,1,1.5,1e+30,1e-7,"\u003cé\u2028\u0001\"\n\ufffd"])"},
           Expansion{R"({{ toJson (dict "b" .GroupLabels "a" .Alerts.Firing.Resolved) }})",
                     R"({"a":[],"b":{"alertname":"Down"}})"},
           Expansion{"{{ toJson (index .Alerts 1) }}",
                     R"({"status":"resolved","labels":{"alertname":"Down","zone":"2"},"annotations":{},)"
                     R"("startsAt":"2026-07-01T10:00:00Z","endsAt":"2026-07-01T11:30:00Z","generatorURL":"",)"
                     R"("fingerprint":"bb"})"},
           Expansion{R"({{ with index .Alerts 1 }}{{ toJson (tz "Asia/Kolkata" .StartsAt) }}{{ end }})",
                     R"("2026-07-01T15:30:00+05:30")"}));

INSTANTIATE_TEST_SUITE_P(
    Times, NotificationFunction,
    Values(Expansion{R"({{ (index .Alerts 0).StartsAt | tz "Europe/Paris" }})", "2026-07-01 12:00:00.5 +0200 CEST"},
           Expansion{R"({{ (tz "America/New_York" (index .Alerts 0).StartsAt).AddDate 0 6 0 }})",
                     "2027-01-01 06:00:00.5 -0500 EST"},
           Expansion{R"({{ ((index .Alerts 0).StartsAt | tz "Asia/Kolkata").UTC | date "15:04 MST" }})", "10:00 UTC"},
           Expansion{R"({{ (index .Alerts 0).StartsAt | since | humanizeDuration }})", "1h 59m 59s"},
           Expansion{R"({{ (index .Alerts 0).EndsAt | since }})", "2562047h47m16.854775807s"},
           Expansion{R"({{ toDate "2006-01-02 15:04 -0700" "2026-02-03 04:05 +0130" }})",
                     "2026-02-03 04:05:00 +0130 +0130"},
           Expansion{R"({{ toDate "Jan _2, 06 3:04:05PM" "FEB  3, 26 4:05:06.25pm" }})",
                     "2026-02-03 16:05:06.25 +0000 UTC"},
           Expansion{R"({{ toDate "2006-002T15:04:05.000Z07:00" "2024-366T01:02:03.004Z" }})",
                     "2024-12-31 01:02:03.004 +0000 UTC"},
           Expansion{R"({{ toDate "2006-01-02" "2026-02-30" }})", "0001-01-01 00:00:00 +0000 UTC"},
           Expansion{R"({{ (toDate "15" "x").Unix }} {{ (toDate "15" "7").Year }})", "-62135596800 0"}));

struct Refusal {
  std::string_view text;
  std::string_view reason;
};
class NotificationFunctionFault : public testing::TestWithParam<Refusal> {};

TEST_P(NotificationFunctionFault, SaysWhy) { EXPECT_THAT(expand(GetParam().text), HasSubstr(GetParam().reason)); }

INSTANTIATE_TEST_SUITE_P(
    Functions, NotificationFunctionFault,
    Values(Refusal{R"({{ humanize 1.0 }})", "1:4: function 'humanize' is not supported"},
           Refusal{R"({{ query "up" }})", "'query' is not supported"},
           Refusal{R"({{ dict "a" }})", "dict: a key has no value"},
           Refusal{R"({{ dict 1 2 }})", "dict: expected a string, found int"},
           Refusal{R"({{ append "a" 1 }})", "append: expected a list, found string"},
           Refusal{R"({{ base64decode "YTI" }})", "illegal base64"},
           Refusal{R"({{ base64decode "Y_I=" }})", "illegal base64"},
           Refusal{R"({{ base64decode "====" }})", "illegal base64"},
           Refusal{R"({{ urlUnescape "%4" }})", "invalid URL escape"},
           Refusal{R"({{ urlUnescape "%zz" }})", "invalid URL escape"},
           Refusal{R"({{ tz "Mars/Base" (index .Alerts 0).StartsAt }})", "tz: unknown time zone 'Mars/Base'"},
           Refusal{R"({{ tz "../../etc/passwd" (index .Alerts 0).StartsAt }})", "unknown time zone"},
           Refusal{R"({{ date "15" "x" }})", "date: expected a time, found string"},
           Refusal{R"({{ mustToDate "2006-01-02" "not" }})", "'not' is no time like '2006-01-02'"},
           Refusal{R"t({{ reReplaceAll "(" "" "" }})t", "bad regular expression"}));

TEST(NotificationFunctions, AreNotThoseOfRules) {
  EXPECT_EQ(notification_functions().find("query"), nullptr);
  EXPECT_EQ(templates::prometheus_functions().find("toJson"), nullptr);
  EXPECT_NE(notification_functions().find("printf"), nullptr);
}

}  // namespace
}  // namespace a2od
