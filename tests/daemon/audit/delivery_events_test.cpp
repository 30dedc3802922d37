#include "daemon/audit/delivery_events.hpp"

#include "daemon/notify/webhook_body.hpp"
#include "tests/daemon/notify/fixtures.hpp"

#include <gtest/gtest.h>

#include <string>

namespace a2od {
namespace {

using namespace test;

Message message() {
  RoutedAlert down;
  down.labels = Labels{{"alertname", "Down"}, {"tenant", "contoso"}};
  RoutedAlert other = down;
  other.labels = Labels{{"alertname", "Down"}, {"tenant", "fabrikam"}};
  const Notification notification{.receiver = "team",
                                  .group_key = "{}:{}",
                                  .group_labels = {},
                                  .external_url = "",
                                  .alerts = {{&down, std::nullopt}, {&other, kStart}}};
  return {.id = 7, .to = {"team", 1}, .group_key = "{}:{}", .body = render_body(notification), .attempts = 2};
}

TEST(DeliveryEvents, SayWhoWasAskedHowOftenAndWhatItAnswered) {
  const auto event =
      delivery_event(message(), summary_of(message()), {.status = 503, .retry_after = 90s}, 12ms, kStart);
  EXPECT_EQ(event.kind, EventKind("delivery.failed"));
  EXPECT_EQ(event.labels, (Labels{{"alertname", "Down"}})) << "what all of its alerts share";
  const boost::json::object expected{{"receiver", "team"}, {"by", "webhook"}, {"integration", 1},
                                     {"group", "{}:{}"},   {"message", 7},    {"firing", 1},
                                     {"resolved", 1},      {"attempt", 3},    {"verdict", "retry"},
                                     {"milliseconds", 12}, {"status", 503},   {"retry_after_milliseconds", 90'000}};
  EXPECT_EQ(event.details, expected);
  EXPECT_EQ(delivery_event(message(), summary_of(message()), {.status = 200}, 1ms, kStart).kind,
            EventKind("delivery.accepted"));
}

TEST(DeliveryEvents, SayToWhomAnAlertIsEscalated) {
  const Labels down{{"alertname", "Down"}};
  const auto event = escalation_event({down, 2, 90min, "lead", "{}:{}"}, kStart);
  EXPECT_EQ(event.kind, EventKind("alert.escalated"));
  EXPECT_EQ(event.labels, down);
  EXPECT_EQ(event.details,
            (boost::json::object{{"step", 2}, {"after", "1h30m"}, {"receiver", "lead"}, {"group", "{}:{}"}}));
}

TEST(DeliveryEvents, AMessageWhoseBodyIsNoneIsToldOfAllTheSame) {
  auto broken = message();
  broken.body = "{";
  const auto event = drop_event(broken, "age", kStart);
  EXPECT_EQ(event.kind, EventKind("message.dropped"));
  EXPECT_EQ(event.details.at("reason"), "age");
  EXPECT_TRUE(event.labels.empty());
}

}  // namespace
}  // namespace a2od
