// What a test alert is, whom it reaches, and what keeps it back.
#include "daemon/notify/drill/drill.hpp"

#include "tests/daemon/notify/fixtures.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace a2od {
namespace {

using namespace test;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

PagerdutyConfig pagerduty() {
  PagerdutyConfig config;
  config.routing_key = Secret("key");
  config.send_resolved = false;
  return config;
}

WebhookConfig quiet_webhook() {
  auto config = webhook();
  config.send_resolved = false;
  return config;
}

ReceiverConfig waking(ReceiverConfig receiver) {
  receiver.pages = true;
  return receiver;
}

const std::vector<ReceiverConfig> kReceivers{
    {"team", {webhook(), quiet_webhook()}}, {"on-call", {pagerduty()}}, waking({"sms", {webhook()}})};

DrillRequest asking(DrillRequest::Mode mode = DrillRequest::Mode::show) {
  return {.id = "TEST-0123abcd",
          .labels = {{"alertname", "Down"}, {"tenant", "contoso"}},
          .annotations = {{"summary", "contoso is away"}},
          .asked_by = "ada",
          .mode = mode};
}

ExplainedRouting routing(std::vector<std::string> to, std::string group = "{}/0") {
  ExplainedRouting out;
  for (auto& receiver : to)
    out.routes.push_back(
        {.path = {"{}"}, .receiver = receiver, .group = group, .group_labels = Labels{{"alertname", "Down"}}});
  return out;
}

Drill plan(const DrillRequest& request, const ExplainedRouting& routing) {
  return plan_drill(request, routing, kReceivers, "http://a2od", kStart).value();
}

TEST(Drill, SaysThatItIsATestWhoAskedForItAndWhen) {
  const auto drill = plan(asking(), routing({"team"}));
  EXPECT_EQ(drill.labels, (Labels{{"alertname", "Down"}, {"tenant", "contoso"}})) << "what routes look at";
  const auto body = parsed(drill.deliveries.at(0).firing.body);
  const auto& alert = body.at("alerts").as_array().at(0);
  EXPECT_EQ(alert.at("labels").at("a2od_test").as_string(), "TEST-0123abcd");
  EXPECT_EQ(alert.at("annotations").at("summary").as_string(),
            "TEST, nothing is wrong (asked for by ada at 2026-11-22T10:00:00Z): contoso is away");
  EXPECT_THAT(std::string(alert.at("annotations").at("description").as_string()), HasSubstr("Nothing is wrong"));
  EXPECT_EQ(body.at("groupLabels").at("a2od_test").as_string(), "TEST-0123abcd") << "titles show these";
  EXPECT_EQ(plan({.id = "TEST-0123abcd", .asked_by = "ada"}, routing({"team"})).labels.get("alertname"), "TestAlert");
}

TEST(Drill, IsInNoGroupOfRealAlertsAndNoOtherDrill) {
  const auto first = plan(asking(), routing({"team"}));
  auto other = asking();
  other.id = "TEST-00000000";
  const auto second = plan(other, routing({"team"}));
  EXPECT_NE(first.deliveries[0].firing.group_key, "{}/0") << "its end would close the incident of the real one";
  EXPECT_NE(first.deliveries[0].firing.group_key, second.deliveries[0].firing.group_key);
  EXPECT_NE(first.alert.fingerprint, fingerprint(first.labels));
  EXPECT_EQ(first.deliveries[0].firing.group_key, first.deliveries[0].end.group_key) << "its own is closed";
}

TEST(Drill, EndsAfterTheTimeThatIsAskedFor) {
  auto request = asking();
  request.fires_for = 2min;
  const auto drill = plan(request, routing({"team"}));
  EXPECT_EQ(statuses(drill.deliveries[0].firing.body), (Statuses{{"Down contoso", "firing"}}));
  EXPECT_EQ(statuses(drill.deliveries[0].end.body), (Statuses{{"Down contoso", "resolved"}}));
  EXPECT_THAT(drill.deliveries[0].end.body, HasSubstr(R"("endsAt":"2026-11-22T10:02:00Z")"));
}

TEST(Drill, OwesTheEndToWhoIsToldOfEndsOrKeepsSomethingOpen) {
  const auto drill = plan(asking(), routing({"team", "on-call"}));
  ASSERT_EQ(drill.deliveries.size(), 3U);
  EXPECT_TRUE(drill.deliveries[0].owes_end);
  EXPECT_FALSE(drill.deliveries[1].owes_end) << "send_resolved: false";
  EXPECT_TRUE(drill.deliveries[2].owes_end) << "an incident would stay open, whatever send_resolved says";
}

TEST(Drill, WakesNobodyUpUnlessItIsAskedTo) {
  auto request = asking(DrillRequest::Mode::send);
  const auto spared = plan(request, routing({"team", "on-call", "sms"}));
  ASSERT_EQ(spared.deliveries.size(), 4U);
  EXPECT_EQ(spared.deliveries[0].withheld, "");
  EXPECT_THAT(spared.deliveries[2].withheld, HasSubstr("--page"));
  EXPECT_THAT(spared.deliveries[3].withheld, HasSubstr("--page")) << "pages: true";
  EXPECT_TRUE(spared.deliveries[3].pages);
  request.page = true;
  for (const auto& delivery : plan(request, routing({"team", "on-call", "sms"})).deliveries)
    EXPECT_EQ(delivery.withheld, "");
  request.page = false;
  request.receiver = "on-call";
  EXPECT_THAT(plan(request, {}).deliveries.at(0).withheld, HasSubstr("--page")) << "naming it is not asking for that";
}

TEST(Drill, IsKeptBackByWhatKeepsRealAlertsBack) {
  auto held = routing({"team"});
  held.silences = {{"4f2f07e8", "bob", "moving", kStart + 1h}};
  held.maintenance = {"maintenance/uat: Copy"};
  held.inhibited_by = {Labels{{"alertname", "TenantDown"}}};
  held.learning_until = kStart + 24h;
  held.routes[0].muted_by = {"nights"};
  const auto drill = plan(asking(DrillRequest::Mode::send), held);
  EXPECT_THAT(drill.held_by, ElementsAre(HasSubstr("learning until 2026-11-23T10:00:00Z"),
                                         AllOf(HasSubstr("'bob'"), HasSubstr("'moving'"), HasSubstr("4f2f07e8")),
                                         "kept back by maintenance: uat: Copy", HasSubstr("TenantDown")));
  EXPECT_THAT(drill.deliveries.at(0).withheld,
              AllOf(HasSubstr("'moving'"), HasSubstr("TenantDown"), HasSubstr("nights"), HasSubstr("learning")));
  EXPECT_FALSE(drill.is_good());

  auto named = asking(DrillRequest::Mode::send);
  named.receiver = "team";
  const auto direct = plan(named, held);
  EXPECT_THAT(direct.held_by, IsEmpty());
  EXPECT_EQ(direct.deliveries.at(0).withheld, "") << "the receiver is tested, not the way to it";
}

TEST(Drill, ReachesOneOfSeveralWhereItIsNamed) {
  auto request = asking();
  request.only = Integration{"team", 1, "webhook"};
  const auto drill = plan(request, routing({"team", "on-call"}));
  ASSERT_EQ(drill.deliveries.size(), 1U);
  EXPECT_EQ(drill.deliveries[0].to, *request.only);
}

TEST(Drill, NamesTheReceiversWhereThereIsNoSuchOne) {
  auto request = asking();
  request.receiver = "tema";
  const auto none = plan_drill(request, {}, kReceivers, "", kStart);
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().message, "there is no receiver 'tema'; there are: 'team', 'on-call', 'sms'");
  EXPECT_FALSE(plan(asking(), {}).is_good()) << "no route leads anywhere: nobody was told";
}

TEST(Drill, IsGoodOnceItAndItsEndWereTaken) {
  DrillDelivery delivery;
  using enum DrillRequest::Mode;
  EXPECT_TRUE(delivery.is_good(show));
  EXPECT_FALSE(delivery.is_good(send));
  delivery.result = DeliveryResult{.status = 200};
  delivery.ended.state = DrillEnd::State::waits;
  EXPECT_TRUE(delivery.is_good(send)) << "its time has not come";
  delivery.ended.state = DrillEnd::State::late;
  EXPECT_FALSE(delivery.is_good(send)) << "nobody knows yet";
  delivery.ended = {.state = DrillEnd::State::told, .result = DeliveryResult{.status = 503}};
  EXPECT_FALSE(delivery.is_good(send));
  delivery.ended.result = DeliveryResult{.status = 202};
  EXPECT_TRUE(delivery.is_good(send));
  delivery.shown.failures = {"title: 1:5: no such function"};
  EXPECT_FALSE(delivery.is_good(send)) << "the text that people read is not there";
}

TEST(Drill, AnUnclearAnswerIsFollowedByTheEndWhereSomethingMayBeOpen) {
  for (const auto& unclear : {DeliveryResult{.error = "no complete answer"}, DeliveryResult{.status = 502}}) {
    EXPECT_TRUE(may_have_been_told(unclear, "pagerduty"));
    EXPECT_FALSE(may_have_been_told(unclear, "slack"));
  }
  EXPECT_TRUE(may_have_been_told({.status = 202}, "slack"));
  EXPECT_FALSE(may_have_been_told({.status = 401}, "pagerduty"));
  EXPECT_FALSE(may_have_been_told({.status = 429}, "pagerduty"));
  EXPECT_FALSE(may_have_been_told({.error = "no key", .unusable = true}, "pagerduty"));
}

TEST(Drill, IsBounded) {
  EXPECT_TRUE(check_drill(asking()));
  const auto refused = [](auto change) {
    auto request = asking();
    change(request);
    const auto checked = check_drill(request);
    return checked ? std::string() : checked.error().message;
  };
  EXPECT_THAT(refused([](auto& r) { r.id = "TEST-0123ABCD"; }), HasSubstr("hex digits"));
  EXPECT_THAT(refused([](auto& r) { r.asked_by.clear(); }), HasSubstr("who asks"));
  EXPECT_THAT(refused([](auto& r) { r.labels["a2od_test"] = "mine"; }), HasSubstr("a2od_test"));
  EXPECT_THAT(refused([](auto& r) { r.labels["x"] = std::string(4097, 'x'); }), HasSubstr("label 'x'"));
  EXPECT_THAT(refused([](auto& r) { r.annotations["x"] = "\xff"; }), HasSubstr("annotation 'x'"));
  EXPECT_THAT(refused([](auto& r) { r.labels[""] = "x"; }), HasSubstr("name of each label"));
  EXPECT_THAT(refused([](auto& r) { r.fires_for = 31min; }), HasSubstr("30m"));
  EXPECT_THAT(refused([](auto& r) {
                for (int i = 0; i < 100; ++i) r.labels["l" + std::to_string(i)] = "x";
              }),
              HasSubstr("at most 64"));
  EXPECT_THAT(refused([](auto& r) {
                for (int i = 0; i < 5; ++i) r.annotations["l" + std::to_string(i)] = std::string(4000, 'x');
              }),
              HasSubstr("at most 16384"));
}

}  // namespace
}  // namespace a2od
