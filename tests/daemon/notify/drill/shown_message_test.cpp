// What people may see of a message before it is sent.
#include "daemon/notify/drill/shown_message.hpp"

#include "tests/daemon/notify/fixtures.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace a2od {
namespace {

using namespace test;
using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

Message message(const std::string& kind = "webhook") {
  return {.to = {"team", 0, kind},
          .group_key = "{}:{}",
          .body = R"({"version":"4","status":"firing","groupKey":"{}:{}","alerts":[{"status":"firing",)"
                  R"("labels":{"alertname":"Down","token":"of a label"},"annotations":{},"fingerprint":"0"}],)"
                  R"("commonLabels":{"alertname":"Down"},"groupLabels":{},"commonAnnotations":{},"externalURL":""})"};
}

std::string all_of(const ShownMessage& shown) {
  std::string text = shown.error;
  for (const auto& [to, headers, body] : shown.requests) {
    text += to + "\n" + body + "\n";
    for (const auto& header : headers) text += header + "\n";
  }
  return text;
}

HttpClientConfig with_credentials() {
  HttpClientConfig http;
  http.basic_username = "ada";
  http.basic_password = Secret("hunter2");
  http.headers["X-Api-Key"] = {Secret("hunter2")};
  return http;
}

TEST(ShownMessage, OfAWebhookIsItsBodyWithoutAddressSignatureAndCredentials) {
  auto config = webhook("https://hooks.contoso.com:8443/hunter2?token=hunter2");
  config.http = with_credentials();
  const auto shown = show_message(message(), config, {}, kStart);
  ASSERT_EQ(shown.requests.size(), 1U) << shown.error;
  EXPECT_EQ(shown.requests[0].to, "POST https://hooks.contoso.com:8443");
  EXPECT_THAT(shown.requests[0].headers, AllOf(Contains("Content-Type: application/json"),
                                               Contains("X-Api-Key: <secret>"), Contains("Authorization: <secret>")));
  EXPECT_EQ(shown.requests[0].body, message().body) << "as it is sent, labels of any name included";
  EXPECT_THAT(all_of(shown), Not(HasSubstr("hunter2")));
}

TEST(ShownMessage, OfAPayloadLeavesOutWhatItsNameCallsASecret) {
  auto config = webhook();
  config.payload = Payload{Payload::Fields{
      {"title", {"{{ .CommonLabels.alertname }}"}},
      {"nested", {Payload::List{{Payload::Fields{{"Access_Token", {"hunter2"}}, {"dedup_key", {"kept"}}}}}}},
      {"key", {"hunter2"}}}};
  const auto text = all_of(show_message(message(), config, {}, kStart));
  EXPECT_THAT(text, AllOf(HasSubstr(R"("title":"Down")"), HasSubstr(R"("dedup_key":"kept")"),
                          HasSubstr(R"("Access_Token":"<secret>")"), Not(HasSubstr("hunter2"))));
}

TEST(ShownMessage, OfPagerdutyHasNoRoutingKey) {
  PagerdutyConfig config;
  config.routing_key = Secret("hunter2hunter2hunter2hunter2hunter2");
  config.url = "https://events.pagerduty.com/v2/enqueue";
  const auto shown = show_message(message("pagerduty"), config, {}, kStart);
  EXPECT_THAT(all_of(shown), AllOf(HasSubstr(R"("routing_key":"<secret>")"), HasSubstr(R"("event_action":"trigger")"),
                                   Not(HasSubstr("hunter2"))));
}

TEST(ShownMessage, OfOpsgenieAndSlackHaveNoKeys) {
  OpsgenieConfig opsgenie;
  opsgenie.api_key = Secret("hunter2");
  opsgenie.api_url = "https://api.opsgenie.com/";
  EXPECT_THAT(all_of(show_message(message("opsgenie"), opsgenie, {}, kStart)),
              AllOf(HasSubstr("POST https://api.opsgenie.com"), Not(HasSubstr("hunter2"))));
  SlackConfig slack;
  slack.api_url = Secret("https://hooks.slack.com/services/hunter2");
  EXPECT_THAT(all_of(show_message(message("slack"), slack, {}, kStart)),
              AllOf(HasSubstr("[FIRING:1]"), Not(HasSubstr("hunter2"))));
}

TEST(ShownMessage, OfAMailIsWhatIsReadOfIt) {
  EmailConfig config;
  config.to = "ops@contoso.com";
  config.from = "a2od@contoso.com";
  config.smarthost = "smtp.contoso.com:587";
  config.auth_username = "a2od";
  config.auth_password = Secret("hunter2");
  config.text = "{{ .CommonLabels.alertname }} is away";
  const auto shown = show_message(message("email"), config, {}, kStart);
  ASSERT_EQ(shown.requests.size(), 1U) << shown.error;
  EXPECT_EQ(shown.requests[0].to, "mail by smtp.contoso.com:587");
  EXPECT_THAT(shown.requests[0].headers,
              AllOf(Contains("To: ops@contoso.com"), Contains(HasSubstr("Subject: [FIRING"))));
  EXPECT_EQ(shown.requests[0].body, "Down is away");
  EXPECT_THAT(all_of(shown), Not(HasSubstr("hunter2")));
}

TEST(ShownMessage, TellsWhatKeepsItFromBeingSent) {
  SlackConfig slack;
  slack.api_url = SecretSource{SecretFile{"/nonexistent/slack-url"}};
  const auto unreadable = show_message(message("slack"), slack, {}, kStart);
  EXPECT_THAT(unreadable.error, AllOf(HasSubstr("receiver 'team', slack 1: api_url"), HasSubstr("slack-url")));
  EXPECT_THAT(unreadable.requests, IsEmpty());
  slack.api_url = Secret("https://hooks.slack.com/");
  slack.title = "{{ .Nothing.like.that }}";
  EXPECT_THAT(show_message(message("slack"), slack, {}, kStart).failures, ElementsAre(HasSubstr("title")));
}

}  // namespace
}  // namespace a2od
