#include "daemon/web/api_v2/alerts.hpp"

#include <boost/json/parse.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace a2od {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::SizeIs;

const Timestamp kNow{Milliseconds(1'700'000'000'000)};

RoutedAlert alert(std::string_view name, std::string_view environment, Timestamp ends_at = kNow + 5min) {
  const Labels labels{{"alertname", name}, {"environment", environment}};
  return {.fingerprint = fingerprint(labels),
          .labels = labels,
          .annotations = {{"summary", "It is so"}},
          .starts_at = kNow - 1h,
          .ends_at = ends_at,
          .updated_at = kNow - 1min,
          .generator_url = "http://a2od/graph"};
}

const std::vector<RoutedAlert> kAlerts{alert("Down", "prod"), alert("Down", "test"), alert("Full", "prod"),
                                       alert("Old", "prod", kNow)};

DispatcherView view() {
  DispatcherView view;
  for (const auto& one : kAlerts) {
    view.alerts.push_back({.alert = &one, .ends_at = one.ends_at, .receivers = {"on-call"}, .suppression = {}});
    const Labels labels{{"alertname", one.labels.get("alertname")}};
    auto group = std::ranges::find(view.groups, labels, &DispatcherView::Group::labels);
    if (group == view.groups.end())
      group =
          view.groups.insert(group, {.id = "", .receiver = "on-call", .labels = labels, .muted_by = {}, .alerts = {}});
    group->alerts.push_back(one.fingerprint);
  }
  std::ranges::sort(view.alerts, {}, [](const auto& shown) { return shown.alert->fingerprint; });
  return view;
}

boost::json::array list(const ApiReply& reply) {
  EXPECT_EQ(reply.status, 200u) << reply.body;
  return boost::json::parse(reply.body).as_array();
}

TEST(AlertsV2, AreThoseThatHaveNotEndedAsAlertmanagerShowsThem) {
  const auto all = list(answer_v2_alerts(view(), {}, kNow));
  ASSERT_THAT(all, SizeIs(3));
  const auto& first = all[0];
  EXPECT_EQ(first.at("status").at("state"), "active");
  EXPECT_EQ(first.at("receivers").at(0).at("name"), "on-call");
  EXPECT_EQ(first.at("annotations").at("summary"), "It is so");
  EXPECT_EQ(first.at("startsAt"), "2023-11-14T21:13:20.000Z");
  EXPECT_EQ(first.at("fingerprint").as_string().size(), 16u);
}

TEST(AlertsV2, AreFiltered) {
  const auto count = [](std::string_view query) {
    return list(answer_v2_alerts(view(), parse_parameters(query), kNow)).size();
  };
  EXPECT_EQ(count("filter=alertname%3DDown"), 2u);
  EXPECT_EQ(count("filter=alertname%3DDown&filter=environment%3D~%22pr.*%22"), 1u);
  EXPECT_EQ(count("filter=%7B%22environment%22!%3D%22prod%22%7D"), 1u);
  EXPECT_EQ(count("receiver=on-.*"), 3u);
  EXPECT_EQ(count("receiver=on"), 0u);
  EXPECT_EQ(count("active=false"), 0u);
  EXPECT_EQ(count("receiver_matchers=team%3D%22sales%22"), 0u);
  EXPECT_EQ(count("receiver_matchers=team!%3D%22sales%22"), 3u);
  EXPECT_EQ(answer_v2_alerts(view(), parse_parameters("filter=nonsense"), kNow).status, 400u);
  EXPECT_EQ(answer_v2_alerts(view(), parse_parameters("receiver=("), kNow).status, 400u);
  EXPECT_EQ(answer_v2_alerts(view(), parse_parameters("active=maybe"), kNow).status, 400u);
}

TEST(AlertsV2, ReceiversAreChosenByTheirLabels) {
  const std::vector<ReceiverConfig> receivers{{.name = "on-call", .labels = {{"team", "operations"}, {"größe", "1"}}}};
  auto shown = view();
  shown.receivers = receivers;
  shown.groups[0].route_labels = {{"team", "{{ .Receiver }}"}};
  const auto count = [&](std::string_view query) {
    const auto parameters = parse_parameters(query);
    const auto alerts = list(answer_v2_alerts(shown, parameters, kNow)).size();
    return std::pair(alerts, list(answer_v2_alert_groups(shown, parameters, kNow)).size());
  };
  EXPECT_EQ(count("receiver_matchers=team%3Doperations"), std::pair(3ul, 2ul));
  EXPECT_EQ(count("receiver_matchers=name%3Don-call"), std::pair(3ul, 2ul)) << "unsaid";
  EXPECT_EQ(count("receiver_matchers=team!%3Doperations"), std::pair(0ul, 0ul));
  EXPECT_EQ(list(answer_v2_receivers(receivers)).at(0),
            boost::json::parse(R"({"name":"on-call","labels":{"name":"on-call","team":"operations","größe":"1"}})"));
  EXPECT_EQ(list(answer_v2_alert_groups(shown, {}, kNow)).at(0).at("routeLabels"),
            boost::json::parse(R"({"team":"{{ .Receiver }}"})"));
}

TEST(AlertsV2, AreGroupedAsTheRouteSays) {
  const auto groups = list(answer_v2_alert_groups(view(), {}, kNow));
  ASSERT_THAT(groups, SizeIs(2));
  EXPECT_EQ(groups[0].at("labels"), boost::json::parse(R"({"alertname":"Down"})"));
  EXPECT_THAT(groups[0].at("alerts").as_array(), SizeIs(2));
  EXPECT_EQ(groups[0].at("receiver").at("name"), "on-call");
}

constexpr Milliseconds kResolveTimeout = 5min;

TEST(AlertsV2, OfOthersAreRead) {
  const auto read = read_posted_alerts(
      R"([{"labels": {"alertname": "Backup", "empty": ""}, "annotations": {"summary": "late", "empty": ""},
           "startsAt": "2023-11-15T00:13:20+02:00", "endsAt": "0001-01-01T00:00:00Z", "generatorURL": "http://x"},
          {"labels": {"a": "b"}, "endsAt": "2023-11-14T22:00:00.5Z"}])",
      kResolveTimeout, kNow);
  EXPECT_EQ(read.reply.status, 200U) << read.reply.body;
  ASSERT_THAT(read.alerts, SizeIs(2));
  EXPECT_EQ(read.alerts[0].labels, (Labels{{"alertname", "Backup"}}));
  EXPECT_THAT(read.alerts[0].annotations, SizeIs(2));
  EXPECT_EQ(read.alerts[0].starts_at, kNow);
  EXPECT_EQ(read.alerts[0].ends_at, Timestamp{}) << "the resolve timeout is";
  EXPECT_EQ(read.alerts[1].ends_at, kNow - 13min - 19s - 500ms);
  EXPECT_EQ(read.alerts[1].starts_at, read.alerts[1].ends_at);
}

TEST(AlertsV2, OfOthersAreRefusedWithTheReason) {
  const auto fault = [](std::string_view body) {
    const auto read = read_posted_alerts(body, kResolveTimeout, kNow);
    EXPECT_THAT(read.alerts, SizeIs(0)) << body;
    return std::to_string(read.reply.status) + " " + read.reply.body;
  };
  EXPECT_THAT(fault("{}"), HasSubstr("400 \"expected a list of alerts"));
  EXPECT_THAT(fault("[{}]"), HasSubstr("at least one label pair required"));
  EXPECT_THAT(fault(R"([{"labels": {"a": ""}}])"), HasSubstr("at least one label pair required"));
  EXPECT_THAT(fault(R"([{"labels": {"a": 1}}])"), HasSubstr("labels.a must be a text"));
  EXPECT_THAT(
      fault(R"([{"labels": {"a": "b"}, "startsAt": "2023-11-14T22:00:00Z", "endsAt": "2023-11-14T21:00:00Z"}])"),
      HasSubstr("start time must be before end time"));
  EXPECT_THAT(fault(R"([{"labels": {"a": "b"}, "startsAt": "2023-11-15T22:00:00Z"}])"),
              HasSubstr("start time must be before end time"))
      << "it would have ended before it started";
  for (const char* time : {"soon", "1e12", "nan", "-999-01-01T00:00:00Z", "2023-11-14T22:00:nanZ",
                           "9999-12-31T23:59:59-01:00", "2023-11-14T22:00:00+99:99", "2023-11-14 22:00:00Z"})
    EXPECT_THAT(fault(R"([{"labels": {"a": "b"}, "startsAt": ")" + std::string(time) + R"("}])"),
                HasSubstr("startsAt must be a time"))
        << time;
}

TEST(AlertsV2, AnInvalidAlertDoesNotCostTheOthers) {
  const auto read =
      read_posted_alerts(R"([{"labels": {"a": "b"}}, {}, {"labels": {"c": "d"}}])", kResolveTimeout, kNow);
  EXPECT_EQ(read.reply.status, 400U);
  EXPECT_THAT(read.alerts, SizeIs(2));
}

}  // namespace
}  // namespace a2od
