// The bodies that Alertmanager 0.25 was seen to send are the reference here.
#include "daemon/notify/webhook_body.hpp"

#include "tests/daemon/notify/fixtures.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace a2od {
namespace {

using namespace test;

RoutedAlert alert(Labels labels, Timestamp starts_at, std::map<std::string, std::string> annotations = {}) {
  RoutedAlert out;
  out.fingerprint = fingerprint(labels);
  out.labels = std::move(labels);
  out.annotations = std::move(annotations);
  out.starts_at = starts_at;
  return out;
}

Notification notification(std::vector<ReportedAlert> alerts) {
  return {"my-hook.v2", R"({}:{alertname="U"})", Labels{{"alertname", "U"}}, "http://vm:19093", std::move(alerts), 0};
}

TEST(WebhookBody, IsAlertmanagersFieldForField) {
  const auto ended = alert(Labels{{"alertname", "U"}, {"zone", "1"}}, kStart + 500ms);
  auto fires = alert(Labels{{"aaa", "b"}, {"alertname", "U"}, {"zone", "0"}}, kStart, {{"s", "<a&b>"}});
  fires.generator_url = "http://x/g?a=b&c";
  const auto body = render_body(notification({{&ended, kStart + 1min + 50ms}, {&fires, std::nullopt}}));
  EXPECT_EQ(boost::json::parse(body), boost::json::parse(R"({
    "receiver":"my-hook\\.v2","status":"firing","alerts":[
      {"status":"resolved","labels":{"alertname":"U","zone":"1"},"annotations":{},
       "startsAt":"2026-11-22T10:00:00.5Z","endsAt":"2026-11-22T10:01:00.05Z","generatorURL":"",
       "fingerprint":"5ec13f2841e1ce5a"},
      {"status":"firing","labels":{"aaa":"b","alertname":"U","zone":"0"},"annotations":{"s":"\u003ca\u0026b\u003e"},
       "startsAt":"2026-11-22T10:00:00Z","endsAt":"0001-01-01T00:00:00Z","generatorURL":"http://x/g?a=b\u0026c",
       "fingerprint":"69b01fc89b10721c"}],
    "groupLabels":{"alertname":"U"},"commonLabels":{"alertname":"U"},"commonAnnotations":{},
    "externalURL":"http://vm:19093","version":"4","groupKey":"{}:{alertname=\"U\"}","truncatedAlerts":0})"));
}

TEST(WebhookBody, KeepsAlertmanagersOrderOfFields) {
  const auto one = alert(Labels{{"alertname", "U"}}, kStart);
  std::vector<std::string> fields;
  for (const auto& [name, value] : parsed(render_body(notification({{&one, std::nullopt}})))) fields.emplace_back(name);
  EXPECT_EQ(fields,
            (std::vector<std::string>{"receiver", "status", "alerts", "groupLabels", "commonLabels",
                                      "commonAnnotations", "externalURL", "version", "groupKey", "truncatedAlerts"}));
}

TEST(WebhookBody, HasTheLabelsOfARouteThatHasSome) {
  const auto one = alert(Labels{{"alertname", "U"}}, kStart);
  auto labelled = notification({{&one, std::nullopt}});
  labelled.route_labels = {{"team", "{{ .Status }}"}};
  EXPECT_EQ(parsed(render_body(labelled)).at("routeLabels"), boost::json::parse(R"({"team":"{{ .Status }}"})"));
}

TEST(WebhookBody, IsResolvedOnceNothingFires) {
  const auto one = alert(Labels{{"alertname", "U"}}, kStart);
  EXPECT_EQ(parsed(render_body(notification({{&one, kStart}}))).at("status"), "resolved");
}

TEST(WebhookBody, CutsAlertsAndSaysHowMany) {
  const auto a = alert(Labels{{"alertname", "U"}, {"x", "a"}}, kStart);
  const auto b = alert(Labels{{"alertname", "U"}, {"x", "b"}}, kStart);
  auto cut = notification({{&a, std::nullopt}, {&b, std::nullopt}});
  cut.max_alerts = 1;
  const auto body = parsed(render_body(cut));
  EXPECT_EQ(body.at("alerts").as_array().size(), 1U);
  EXPECT_EQ(body.at("truncatedAlerts").as_int64(), 1);
  EXPECT_EQ(body.at("commonLabels").as_object().size(), 2U);
}

TEST(WebhookBody, IsValidJsonWhateverTheLabelsHold) {
  const auto broken = alert(Labels{{"alertname", "a\xff\xfe\x01"}}, kStart, {{"\xc3", "\xed\xa0\x80\"\\"}});
  const auto body = parsed(render_body(notification({{&broken, std::nullopt}})));
  EXPECT_EQ(body.at("alerts").at(0).at("labels").at("alertname"), "a\xef\xbf\xbd\xef\xbf\xbd\x01");
}

TEST(WebhookBody, CommonPairsAreThoseThatAllAlertsShare) {
  const auto a = alert(Labels{{"alertname", "U"}, {"x", "a"}}, kStart, {{"s", "same"}, {"t", "1"}});
  const auto b = alert(Labels{{"alertname", "U"}, {"x", "b"}}, kStart, {{"s", "same"}, {"t", "2"}});
  const auto body = parsed(render_body(notification({{&a, std::nullopt}, {&b, std::nullopt}})));
  EXPECT_EQ(body.at("commonLabels"), boost::json::parse(R"({"alertname":"U"})"));
  EXPECT_EQ(body.at("commonAnnotations"), boost::json::parse(R"({"s":"same"})"));
}

TEST(GroupKey, IsQuotedAsGoQuotes) {
  const Labels labels{{"alertname", "T"}, {"odd", "q\"\\\n\t\x01\x7f\u00a0é⌘\u200b😀\ue000\u00ad"}};
  EXPECT_EQ(group_key("{}", labels), R"({}:{alertname="T", odd="q\"\\\n\t\x01\x7f\u00a0é⌘\u200b😀\ue000\u00ad"})");
}

TEST(GroupKey, OfNoLabelsAndOfBrokenText) {
  EXPECT_EQ(group_key("{}", Labels()), "{}:{}");
  EXPECT_EQ(group_key("{}", Labels{{"a", "\xff\xe2\x8c"}}), R"({}:{a="\xff\xe2\x8c"})");
}

TEST(GoTime, CutsZerosOfTheFraction) {
  EXPECT_EQ(go_time(kStart), "2026-11-22T10:00:00Z");
  EXPECT_EQ(go_time(kStart + 120ms), "2026-11-22T10:00:00.12Z");
  EXPECT_EQ(go_time(kStart + 7ms), "2026-11-22T10:00:00.007Z");
  EXPECT_EQ(go_time(Timestamp{}), "1970-01-01T00:00:00Z");
}

TEST(ReportedOrder, IsJobThenInstanceThenFewerLabelsThenLabels) {
  std::vector<Labels> labels = {
      Labels{{"aaa", "b"}, {"alertname", "T"}, {"zone", "0"}},
      Labels{{"alertname", "T"}, {"zone", "a"}},
      Labels{{"alertname", "T"}, {"instance", "a"}, {"job", "k"}},
      Labels{{"alertname", "T"}, {"instance", "b"}, {"job", "j"}},
  };
  const std::vector<Labels> expected(labels.rbegin(), labels.rend());
  std::ranges::sort(labels, reported_before);
  EXPECT_EQ(labels, expected);
}

class MergedBodies : public testing::Test {
 protected:
  RoutedAlert a_ = alert(Labels{{"alertname", "A"}, {"zone", "1"}}, kStart);
  RoutedAlert b_ = alert(Labels{{"alertname", "B"}, {"zone", "1"}}, kStart);
  RoutedAlert c_ = alert(Labels{{"alertname", "C"}, {"zone", "1"}}, kStart);
};

TEST_F(MergedBodies, KeepResolvesThatTheNewerDoesNotMention) {
  const auto older = render_body(notification({{&a_, kStart + 1min}, {&b_, std::nullopt}}));
  const auto newer = render_body(notification({{&b_, std::nullopt}, {&c_, std::nullopt}}));
  const auto merged = merge_bodies(older, newer, 0);
  EXPECT_EQ(statuses(merged), (Statuses{{"A", "resolved"}, {"B", "firing"}, {"C", "firing"}}));
  EXPECT_EQ(parsed(merged).at("status"), "firing");
  EXPECT_EQ(parsed(merged).at("commonLabels"), boost::json::parse(R"({"zone":"1"})"));
}

TEST_F(MergedBodies, TakeTheNewerStateOfWhatBothMention) {
  const auto older = render_body(notification({{&a_, std::nullopt}}));
  const auto newer = render_body(notification({{&a_, kStart + 1min}}));
  EXPECT_EQ(merge_bodies(older, newer, 0), newer);
}

TEST_F(MergedBodies, StayWithinTheReceiversMaximum) {
  const auto older = render_body(notification({{&a_, kStart + 1min}}));
  const auto newer = render_body(notification({{&b_, std::nullopt}, {&c_, std::nullopt}}));
  const auto merged = merge_bodies(older, newer, 2);
  EXPECT_EQ(statuses(merged), (Statuses{{"B", "firing"}, {"C", "firing"}}));
  EXPECT_EQ(parsed(merged).at("truncatedAlerts").as_int64(), 1);
}

TEST_F(MergedBodies, AreTheNewerWhereTheOlderCannotBeRead) {
  const auto newer = render_body(notification({{&b_, std::nullopt}}));
  EXPECT_EQ(merge_bodies("{", newer, 0), newer);
  EXPECT_EQ(merge_bodies("[]", newer, 0), newer);
}

}  // namespace
}  // namespace a2od
