// Drills by the real notifier, with its state database and HTTP client, in virtual time.
#include "config/read.hpp"
#include "tests/collectors/cloud/scripted_server.hpp"
#include "tests/daemon/notify/fixtures.hpp"
#include "tests/daemon/notify/notifier_life.hpp"
#include "tests/daemon/state/temporary_folder.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <spdlog/spdlog.h>

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace a2od {
namespace {

using namespace test;
namespace asio = boost::asio;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

struct NotifierDrill : testing::Test {
  void SetUp() override { spdlog::set_level(spdlog::level::off); }
  void TearDown() override {
    life_.reset();
    spdlog::set_level(level_);
  }

  void start(const std::string& receivers) {
    auto config = parse_config("a2od.yaml",
                               fmt::format("transport: {{connect_timeout: 30s, first_byte_timeout: 30s}}\n"
                                           "route: {{receiver: team, group_by: [alertname], group_wait: 0s}}\n{}",
                                           receivers),
                               {.collectors = {}, .check_files = false});
    if (!config) throw std::runtime_error(to_string(config.error().front()));
    config_ = std::move(*config);
    live();
  }
  void live() { life_.emplace(io_, config_, folder_.path(), now_); }

  void start_webhook() {
    start(fmt::format("receivers: [{{name: team, webhook_configs: [{{url: 'http://127.0.0.1:{}/', timeout: 1s}}]}}]\n",
                      server_.port()));
  }
  void start_pagerduty() {
    start(
        fmt::format("global: {{pagerduty_url: 'http://127.0.0.1:{}/'}}\n"
                    "receivers: [{{name: team, pagerduty_configs: "
                    "[{{routing_key: 0123456789abcdef0123456789abcdef, send_resolved: false, timeout: 1s}}]}}]\n",
                    server_.port()));
  }

  Drill drill(DrillRequest request) {
    request.asked_by = "ada";
    request.mode = DrillRequest::Mode::send;
    auto drill = result_of(io_, life_->notifier().drill(std::move(request)));
    if (!drill) throw std::runtime_error(drill.error().message);
    life_->settle();
    return std::move(*drill);
  }

  /// "firing" or "resolved", or what PagerDuty is asked to do, of each request.
  [[nodiscard]] std::vector<std::string> told() const {
    std::vector<std::string> all;
    for (const auto& request : server_.received()) {
      const auto body = parsed(request.body);
      const auto* status = body.if_contains("status");
      all.emplace_back((status != nullptr ? *status : body.at("event_action")).as_string());
    }
    return all;
  }

  [[nodiscard]] std::size_t waiting() const { return life_->notifier().status().at(0).messages; }

  spdlog::level::level_enum level_ = spdlog::get_level();
  TemporaryFolder folder_;
  asio::io_context io_;
  Timestamp now_ = kStart;
  Config config_;
  std::function<Scripted(int)> answer_ = [](int) { return Scripted{Scripted::Then::keep, response("200 OK", "")}; };
  ScriptedServer server_{io_, [this](const Received&) { return answer_(static_cast<int>(server_.received().size())); }};
  std::optional<NotifierLife> life_;
};

Scripted answering(const char* status) { return {Scripted::Then::keep, response(status, "")}; }

TEST_F(NotifierDrill, TellsOfItAndOfItsEndAndLeavesNothingBehind) {
  start_webhook();
  const auto done = drill({});
  EXPECT_TRUE(done.is_good());
  EXPECT_TRUE(is_drill_id(done.id)) << done.id;
  EXPECT_THAT(told(), ElementsAre("firing", "resolved"));
  ASSERT_EQ(done.deliveries.size(), 1U);
  EXPECT_EQ(done.deliveries[0].result->status, 200U);
  EXPECT_EQ(done.deliveries[0].ended.state, DrillEnd::State::told);
  EXPECT_EQ(done.deliveries[0].ended.result->status, 200U);
  EXPECT_EQ(waiting(), 0U);
  EXPECT_THAT(life_->notifier().view().alerts, IsEmpty()) << "no alert of ours, silenced or repeated by nobody";
}

TEST_F(NotifierDrill, OnlyShowsWhereItIsNotToSend) {
  start_webhook();
  const auto shown = result_of(io_, life_->notifier().drill({.asked_by = "ada"}));
  ASSERT_TRUE(shown);
  EXPECT_TRUE(shown->is_good());
  EXPECT_THAT(shown->deliveries.at(0).shown.requests.at(0).body, HasSubstr("TEST, nothing is wrong"));
  EXPECT_THAT(server_.received(), IsEmpty());
}

TEST_F(NotifierDrill, IsNotTriedAgainWhereItIsNotTaken) {
  answer_ = [](int) { return answering("503 Unavailable"); };
  start_webhook();
  const auto done = drill({});
  EXPECT_FALSE(done.is_good());
  EXPECT_EQ(describe(*done.deliveries.at(0).result), "answered 503");
  EXPECT_EQ(done.deliveries[0].ended.state, DrillEnd::State::withdrawn);
  EXPECT_EQ(waiting(), 0U);
  now_ += 1h;
  life_->receive({firing("Down", now_)});
  EXPECT_THAT(told(), ElementsAre("firing", "firing")) << "the second is the real one";
}

TEST_F(NotifierDrill, AnEndThatIsNotTakenIsTriedUntilItIs) {
  answer_ = [](int count) { return answering(count == 2 ? "503 Unavailable" : "200 OK"); };
  start_webhook();
  const auto done = drill({});
  EXPECT_FALSE(done.is_good());
  EXPECT_EQ(done.deliveries.at(0).ended.result->status, 503U);
  EXPECT_EQ(waiting(), 1U);
  now_ += 2min;
  life_->receive({firing("Down", now_)});
  EXPECT_THAT(told(), ElementsAre("firing", "resolved", "resolved", "firing"));
  EXPECT_EQ(waiting(), 0U);
}

TEST_F(NotifierDrill, ARestartBeforeItsEndLeavesNoIncidentOpen) {
  start_pagerduty();
  const auto done = drill({.page = true, .fires_for = 10min});
  EXPECT_EQ(done.deliveries.at(0).ended.state, DrillEnd::State::waits);
  EXPECT_TRUE(done.is_good());
  EXPECT_THAT(told(), ElementsAre("trigger"));
  life_.reset();
  live();
  EXPECT_THAT(told(), ElementsAre("trigger"));
  now_ += 1h;
  life_.reset();
  live();
  EXPECT_THAT(told(), ElementsAre("trigger", "resolve"));
  const auto key = [&](std::size_t i) { return parsed(server_.received()[i].body).at("dedup_key"); };
  EXPECT_EQ(key(0), key(1));
}

TEST_F(NotifierDrill, ACrashBeforeTheAnswerLeavesNoIncidentOpen) {
  const TemporaryFolder copy;
  answer_ = [&](int count) {
    if (count == 1)
      for (const auto& file : std::filesystem::directory_iterator(folder_.path()))
        std::filesystem::copy(file, copy.path() / file.path().filename());
    return answering("202 Accepted");
  };
  start_pagerduty();
  drill({.page = true, .fires_for = 20min});
  EXPECT_THAT(told(), ElementsAre("trigger"));
  life_.reset();
  now_ += 15min;
  life_.emplace(io_, config_, copy.path(), now_);  // what the disk knew while the test was on its way
  EXPECT_THAT(told(), ElementsAre("trigger"));
  now_ += 20min;
  life_.reset();
  life_.emplace(io_, config_, copy.path(), now_);
  EXPECT_THAT(told(), ElementsAre("trigger", "resolve"));
}

TEST_F(NotifierDrill, ALostAnswerIsFollowedByTheEndOfAnIncident) {
  answer_ = [](int count) { return count == 1 ? Scripted{Scripted::Then::close, ""} : answering("202 Accepted"); };
  start_pagerduty();
  const auto done = drill({.page = true});
  EXPECT_FALSE(done.is_good());
  EXPECT_EQ(done.deliveries.at(0).ended.state, DrillEnd::State::waits);
  now_ += 1h;
  life_.reset();
  live();
  EXPECT_EQ(told().back(), "resolve");
  EXPECT_EQ(waiting(), 0U);
}

TEST_F(NotifierDrill, WakesNobodyUpUnasked) {
  start_pagerduty();
  const auto done = drill({});
  EXPECT_FALSE(done.is_good());
  EXPECT_THAT(done.deliveries.at(0).withheld, HasSubstr("--page"));
  EXPECT_THAT(server_.received(), IsEmpty());
  EXPECT_EQ(waiting(), 0U);
}

TEST_F(NotifierDrill, APausedReceiverThatTakesItIsTriedAgainAtOnce) {
  answer_ = [](int count) { return answering(count == 1 ? "401 Unauthorized" : "200 OK"); };
  start_webhook();
  life_->receive({firing("Down", now_)});
  EXPECT_EQ(waiting(), 1U);
  EXPECT_TRUE(drill({}).is_good()) << "somebody has mended it, and tests whether it works";
  now_ += 1s;
  life_->receive({refreshed(firing("Down", kStart), now_)});
  EXPECT_EQ(waiting(), 0U) << "no need to wait for an hour";
}

TEST_F(NotifierDrill, OfASilencedAlertReachesNobodyButWhoIsNamed) {
  start_webhook();
  ASSERT_TRUE(result_of(io_, life_->notifier().set_silence({.matchers = {Matcher::equal("tenant", "contoso")},
                                                            .starts_at = now_,
                                                            .ends_at = now_ + 1h,
                                                            .created_by = "bob",
                                                            .comment = "moving"})));
  EXPECT_THAT(drill({.labels = {{"tenant", "contoso"}}}).deliveries.at(0).withheld, HasSubstr("'moving'"));
  EXPECT_THAT(server_.received(), IsEmpty());
  EXPECT_TRUE(drill({.labels = {{"tenant", "contoso"}}, .receiver = "team"}).is_good());
}

}  // namespace
}  // namespace a2od
