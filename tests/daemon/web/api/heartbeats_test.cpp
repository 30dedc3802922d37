#include "daemon/web/api/heartbeats.hpp"

#include <boost/json/parse.hpp>
#include <gtest/gtest.h>

namespace a2od {
namespace {

using namespace std::chrono_literals;
namespace json = boost::json;

const Timestamp kNow{Milliseconds(1'700'000'000'000)};

TEST(HeartbeatsApi, APathSaysWhoAndHowItWent) {
  EXPECT_FALSE(read_heartbeat("nightly", "42 rows")->beat.failed);
  EXPECT_EQ(read_heartbeat("nightly", "42 rows")->beat.message, "42 rows");
  EXPECT_TRUE(read_heartbeat("nightly/fail", "")->beat.failed);
  EXPECT_FALSE(read_heartbeat("nightly/0", "")->beat.failed);
  EXPECT_EQ(read_heartbeat("nightly/137", "")->beat.message, "exit status 137");
  EXPECT_EQ(read_heartbeat("nightly/1", "disk full")->beat.message, "disk full");
  for (const auto* path : {"nightly/", "nightly/256", "nightly/-1", "nightly/ok", "nightly/fail/", "nightly/1/2"}) {
    const auto read = read_heartbeat(path, "");
    ASSERT_FALSE(read) << path;
    EXPECT_EQ(read.error().status, 404U);
  }
}

TEST(HeartbeatsApi, OneIsAnsweredWithWhenTheNextIsDueAndAnUnknownOneIsNot) {
  Heartbeats heartbeats(
      {.config = {.incoming = {{.name = "sync", .every = 1h}}, .outgoing = {{.receiver = "dead-man"}}}}, kNow);
  const auto received = heartbeats.receive("sync", {.failed = true, .message = "\"quoted\""}, kNow);
  const auto reply = answer_heartbeat(received, heartbeats, "sync", kNow);
  EXPECT_EQ(reply.status, 200U);
  const auto data = json::parse(reply.body).at("data");
  EXPECT_EQ(data.at("state"), "failed");
  EXPECT_EQ(data.at("last").as_string(), format_time(kNow));
  EXPECT_EQ(data.at("due").as_string(), format_time(kNow + 1h));
  EXPECT_EQ(data.at("missingAt").as_string(), format_time(kNow + 65min));
  EXPECT_EQ(data.at("message"), "\"quoted\"");
  EXPECT_EQ(answer_heartbeat(heartbeats.receive("other", {}, kNow), heartbeats, "other", kNow).status, 404U);

  const auto all = json::parse(answer_heartbeats(heartbeats, kNow).body).at("data");
  EXPECT_EQ(all.at("incoming").at(0).at("name"), "sync");
  EXPECT_EQ(all.at("outgoing").at(0).at("receiver"), "dead-man");
  EXPECT_EQ(all.at("outgoing").at(0).at("next").as_string(), format_time(kNow));
}

}  // namespace
}  // namespace a2od
