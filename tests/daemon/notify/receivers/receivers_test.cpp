#include "daemon/notify/receivers/receivers.hpp"

#include "daemon/notify/receivers/requests.hpp"
#include "tests/daemon/notify/fixtures.hpp"

#include <boost/json/serialize.hpp>
#include <gmock/gmock.h>
#include <valijson/adapters/boost_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validation_results.hpp>
#include <valijson/validator.hpp>

#include <fstream>
#include <iterator>

namespace a2od {
namespace {

using namespace test;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
namespace json = boost::json;

/// Against tests/daemon/notify/receivers/schemas.
testing::AssertionResult satisfies(const json::value& document, std::string_view schema_name) {
  std::ifstream file(A2OD_SOURCE_DIR "/tests/daemon/notify/receivers/schemas/" + std::string(schema_name) + ".json");
  const auto written = json::parse(std::string(std::istreambuf_iterator<char>(file), {}));
  valijson::Schema schema;
  valijson::SchemaParser().populateSchema(valijson::adapters::BoostJsonAdapter(written), schema);
  valijson::ValidationResults results;
  if (valijson::Validator().validate(schema, valijson::adapters::BoostJsonAdapter(document), &results))
    return testing::AssertionSuccess();
  auto failure = testing::AssertionFailure() << json::serialize(document).substr(0, 2000);
  for (valijson::ValidationResults::Error error; results.popError(error);) {
    failure << "\n";
    for (const auto& step : error.context) failure << step;
    failure << ": " << error.description;
  }
  return failure;
}

json::object alert_of(std::string_view name, bool resolved = false) {
  return {{"status", resolved ? "resolved" : "firing"},
          {"labels", {{"alertname", name}, {"environment", "prod"}, {"severity", "page"}}},
          {"annotations", {{"summary", "97 % is used"}, {"description", "Clean up, or buy more."}}},
          {"startsAt", "2026-11-22T10:00:00Z"},
          {"endsAt", resolved ? "2026-11-22T11:00:00.5Z" : "0001-01-01T00:00:00Z"},
          {"generatorURL", "https://a2od.example/graph"},
          {"fingerprint", "0123456789abcdef"}};
}

json::value body_of(json::array alerts) {
  bool firing = false;
  for (const auto& alert : alerts) firing = firing || alert.at("status") == "firing";
  return {{"version", "4"},
          {"groupKey", "{}:{alertname=\"CapacityLow\"}"},
          {"truncatedAlerts", 0},
          {"status", firing ? "firing" : "resolved"},
          {"receiver", "ops"},
          {"groupLabels", {{"alertname", "CapacityLow"}}},
          {"commonLabels", {{"alertname", "CapacityLow"}, {"environment", "prod"}, {"severity", "page"}}},
          {"commonAnnotations", {{"summary", "97 % is used"}}},
          {"externalURL", "https://a2od.example"},
          {"alerts", std::move(alerts)}};
}

/// The texts of one message, with the body that they are made from.
struct Made {
  explicit Made(json::value from) : body(std::move(from)), texts(NotificationTemplates(), body, kStart) {}
  json::value body;
  Texts texts;
};
Made firing_message() { return Made(body_of({alert_of("CapacityLow")})); }
Made resolved_message() { return Made(body_of({alert_of("CapacityLow", true)})); }

const std::string kKey(32, 'k');
const std::string kLong(100'000, '"');

TEST(Schemas, RefuseWhatLacksAField) {
  for (const auto* schema : {"slack", "pagerduty", "opsgenie_alert", "teams", "servicenow"})
    EXPECT_FALSE(satisfies(json::object(), schema)) << schema;
}

TEST(Slack, SaysWhatAlertmanagerSays) {
  auto made = firing_message();
  const json::value message = slack_message({.channel = "#{{ .CommonLabels.environment }}"}, made.texts);
  EXPECT_TRUE(satisfies(message, "slack"));
  EXPECT_EQ(message.at("channel"), "#prod");
  EXPECT_EQ(message.at("username"), "Alertmanager");
  const auto& attachment = message.at("attachments").at(0);
  EXPECT_EQ(attachment.at("color"), "danger");
  EXPECT_EQ(attachment.at("title"), "[FIRING:1] CapacityLow (prod page)");
  EXPECT_EQ(attachment.at("title_link"), "https://a2od.example/#/alerts?receiver=ops");

  auto ended = resolved_message();
  EXPECT_EQ(slack_message({}, ended.texts).at("attachments").at(0).at("color"), "good");
}

TEST(Slack, HasFieldsAndButtons) {
  SlackConfig slack{.message_text = "{{ .Status }}", .link_names = true};
  slack.fields = {{"Environment", "{{ .CommonLabels.environment }}", true}, {"Note", "x", {}}};
  slack.actions = {{.type = "button",
                    .text = "Runbook",
                    .url = "https://a2od.example/{{ .CommonLabels.alertname }}",
                    .style = "primary",
                    .name = {},
                    .value = {},
                    .confirm = SlackAction::Confirmation{"Sure?", "", "Yes", "No"}}};
  auto made = firing_message();
  const json::value message = slack_message(slack, made.texts);
  EXPECT_TRUE(satisfies(message, "slack"));
  EXPECT_EQ(message.at("attachments").at(0).at("fields").at(0).at("value"), "prod");
  EXPECT_EQ(message.at("attachments").at(0).at("fields").at(1).at("short"), false);
  EXPECT_EQ(message.at("attachments").at(0).at("actions").at(0).at("url"), "https://a2od.example/CapacityLow");
}

TEST(Slack, TitlesAreCut) {
  auto made = firing_message();
  EXPECT_TRUE(satisfies(slack_message({.title = kLong}, made.texts), "slack"));
}

TEST(Pagerduty, TriggersAndResolvesOneIncidentOfAGroup) {
  PagerdutyConfig pagerduty{.severity = "{{ if eq .CommonLabels.severity \"page\" }}critical{{ else }}info{{ end }}",
                            .event_class = "capacity"};
  pagerduty.links = {{"https://a2od.example", "a2od"}, {"{{ .CommonLabels.missing }}", "left out"}};
  auto made = firing_message();
  const json::value event = pagerduty_event(pagerduty, kKey, "group", made.texts);
  EXPECT_TRUE(satisfies(event, "pagerduty"));
  EXPECT_EQ(event.at("event_action"), "trigger");
  EXPECT_EQ(event.at("dedup_key"), "group");
  EXPECT_EQ(event.at("payload").at("severity"), "critical");
  EXPECT_EQ(event.at("payload").at("custom_details").at("num_firing"), "1");
  EXPECT_THAT(json::serialize(event.at("payload").at("custom_details").at("firing")), HasSubstr("alertname"));
  EXPECT_EQ(event.at("links").as_array().size(), 1U);

  auto ended = resolved_message();
  const json::value end = pagerduty_event(pagerduty, kKey, "group", ended.texts);
  EXPECT_TRUE(satisfies(end, "pagerduty"));
  EXPECT_EQ(end.at("event_action"), "resolve");
}

TEST(Pagerduty, WhatItWouldRefuseIsNotSaid) {
  PagerdutyConfig pagerduty{.description = kLong, .severity = "disaster"};
  pagerduty.details["log"] = std::string(600'000, 'x');
  auto made = firing_message();
  const json::value event = pagerduty_event(pagerduty, kKey, "group", made.texts);
  EXPECT_TRUE(satisfies(event, "pagerduty"));
  EXPECT_EQ(event.at("payload").at("severity"), "error");
  EXPECT_LE(json::serialize(event).size(), 512'000U);

  pagerduty.description = "{{ .CommonLabels.missing }}";
  EXPECT_TRUE(satisfies(pagerduty_event(pagerduty, kKey, "group", made.texts), "pagerduty"));
}

TEST(Opsgenie, MakesAndClosesAnAlertOfAGroup) {
  OpsgenieConfig opsgenie{.message = kLong, .description = kLong, .source = kLong, .priority = "P1"};
  opsgenie.tags = "a2od, {{ .CommonLabels.environment }},,";
  opsgenie.details = {{"team", "ops"}};
  opsgenie.responders = {{.id = {}, .name = "one, two", .username = {}, .type = "teams"},
                         {.id = {}, .name = {}, .username = "ada@contoso.example", .type = "user"}};
  auto made = firing_message();
  const auto calls = opsgenie_calls(opsgenie, "alias", made.texts);
  ASSERT_EQ(calls.size(), 1U);
  EXPECT_EQ(calls[0].method + " " + calls[0].path, "POST v2/alerts");
  EXPECT_TRUE(satisfies(calls[0].body, "opsgenie_alert"));
  EXPECT_EQ(calls[0].body.at("tags"), (json::array{"a2od", "prod"}));
  EXPECT_EQ(calls[0].body.at("details").at("environment"), "prod");
  EXPECT_EQ(calls[0].body.at("responders").as_array().size(), 3U);

  auto ended = resolved_message();
  const auto close = opsgenie_calls({}, "alias", ended.texts);
  ASSERT_EQ(close.size(), 1U);
  EXPECT_EQ(close[0].path, "v2/alerts/alias/close?identifierType=alias");
  EXPECT_TRUE(satisfies(close[0].body, "opsgenie_close"));
}

TEST(Opsgenie, UpdatesWhatIsOpen) {
  auto made = firing_message();
  const auto calls = opsgenie_calls({.priority = "urgent", .update_alerts = true}, "alias", made.texts);
  ASSERT_EQ(calls.size(), 3U);
  EXPECT_TRUE(satisfies(calls[0].body, "opsgenie_alert"));
  EXPECT_EQ(calls[1].method + " " + calls[1].path, "PUT v2/alerts/alias/message?identifierType=alias");
  EXPECT_EQ(calls[2].path, "v2/alerts/alias/description?identifierType=alias");
}

TEST(Teams, ShowsACardWithAButton) {
  auto made = firing_message();
  const json::value message = teams_message({}, made.texts);
  EXPECT_TRUE(satisfies(message, "teams"));
  const auto& card = message.at("attachments").at(0).at("content");
  EXPECT_EQ(card.at("body").at(0).at("text"), "[FIRING:1] CapacityLow (prod page)");
  EXPECT_EQ(card.at("body").at(0).at("color"), "Attention");
  EXPECT_THAT(json::serialize(card.at("body").at(1)), HasSubstr("environment = prod"));
  EXPECT_EQ(card.at("actions").at(0).at("url"), "https://a2od.example");
  auto ended = resolved_message();
  EXPECT_THAT(json::serialize(teams_message({}, ended.texts)), HasSubstr("Good"));
}

TEST(Teams, StaysBelowItsLimitHoweverMuchEscapingAdds) {
  auto made = firing_message();
  const json::value message = teams_message({.title = kLong, .text = kLong}, made.texts);
  EXPECT_TRUE(satisfies(message, "teams"));
  EXPECT_LT(json::serialize(message).size(), 28'000U);
}

TEST(Servicenow, HasAnEventForEachAlert) {
  Made made(body_of({alert_of("CapacityLow"), alert_of("MailboxDead", true)}));
  const auto requests = servicenow_events({.resource = kLong, .additional_info = {{"team", "ops"}}}, made.texts);
  ASSERT_EQ(requests.size(), 1U);
  EXPECT_TRUE(satisfies(requests[0], "servicenow"));
  const auto& firing = requests[0].at("records").at(0);
  EXPECT_EQ(firing.at("node"), "prod");
  EXPECT_EQ(firing.at("severity"), "1");
  EXPECT_EQ(firing.at("description"), "97 % is used\nClean up, or buy more.");
  EXPECT_EQ(firing.at("time_of_event"), "2026-11-22 10:00:00");
  EXPECT_THAT(std::string(firing.at("additional_info").as_string()), HasSubstr(R"("team":"ops")"));
  const auto& resolved = requests[0].at("records").at(1);
  EXPECT_EQ(resolved.at("type"), "MailboxDead");
  EXPECT_EQ(resolved.at("severity"), "0");
  EXPECT_EQ(resolved.at("time_of_event"), "2026-11-22 11:00:00");
}

TEST(Servicenow, DividesWhatIsTooMuch) {
  json::array alerts;
  for (int i = 0; i < 250; ++i) alerts.push_back(alert_of("A" + std::to_string(i)));
  Made made(body_of(std::move(alerts)));
  const auto requests = servicenow_events({.severity = "{{ .Alert.Labels.severity }}"}, made.texts);
  ASSERT_EQ(requests.size(), 3U);
  EXPECT_EQ(requests[2].at("records").as_array().size(), 50U);
  EXPECT_EQ(requests[2].at("records").at(49).at("type"), "A249");
  EXPECT_EQ(requests[2].at("records").at(49).at("severity"), "2");  // "page" is none of its words
}

TEST(Payload, IsComputedFieldByField) {
  const Payload payload{Payload::Fields{{"text", {std::string("{{ .CommonLabels.alertname }}")}},
                                        {"labels", {std::string("{{ toJson .CommonLabels }}")}},
                                        {"not json", {std::string("{ {{ .Status }}")}},
                                        {"list", {Payload::List{{true}, {std::int64_t{7}}, {1.5}, {}}}}}};
  auto made = firing_message();
  EXPECT_EQ(webhook_payload(payload, made.texts), json::parse(R"({"text": "CapacityLow",
                            "labels": {"alertname": "CapacityLow", "environment": "prod", "severity": "page"},
                            "not json": "{ firing", "list": [true, 7, 1.5, null]})"));
}

TEST(Texts, AFailureOfATemplateStandsInTheMessage) {
  auto made = firing_message();
  const auto message = teams_message({.title = "{{ index .Alerts 7 }}"}, made.texts);
  EXPECT_THAT(json::serialize(message), HasSubstr("<the template of title failed: "));
  EXPECT_THAT(json::serialize(message), HasSubstr("environment = prod"));
  EXPECT_THAT(made.texts.failures(), ElementsAre(HasSubstr("title: ")));
  EXPECT_FALSE(made.texts.error());
}

TEST(Texts, WhatMustBeRightFails) {
  auto made = firing_message();
  (void)slack_message({.channel = "{{ index .Alerts 7 }}"}, made.texts);
  ASSERT_TRUE(made.texts.error());
  EXPECT_THAT(made.texts.error()->message, HasSubstr("channel: "));
}

TEST(Texts, AreCheckedBeforeAnythingIsSent) {
  ServicenowConfig servicenow{.url = "https://contoso.service-now.com", .description = "{{ .Alert.Labels. }}"};
  EmailConfig email{.to = "{{ nosuch }}"};
  const std::vector<ReceiverConfig> receivers{
      {"ops",
       {WebhookConfig{.payload = Payload{std::string("{{")}}, SlackConfig{.title = "{{ template \"mine\" . }}"},
        SlackConfig{}, servicenow, email}}};
  EXPECT_THAT(check_texts(receivers, {}), ElementsAre(HasSubstr("receiver 'ops', webhook 1: payload: 1:"),
                                                      HasSubstr("receiver 'ops', slack 1: title: 1:"),
                                                      HasSubstr("receiver 'ops', servicenow 1: description: 1:"),
                                                      HasSubstr("receiver 'ops', email 1: to: 1:")));
  EXPECT_THAT(
      check_texts(
          {{"ops",
            {SlackConfig{}, PagerdutyConfig{}, OpsgenieConfig{}, TeamsConfig{}, ServicenowConfig{}, EmailConfig{}}}},
          {}),
      IsEmpty());
}

TEST(Texts, AddressesThatAreWrittenOutAreCheckedToo) {
  const EmailConfig good{.to = "Jürgen <j@contoso.com>, ops@xn--bcher-kva.example",
                         .from = "{{ .Receiver }}@contoso.com"};
  EXPECT_THAT(check_texts({{"ops", {good}}}, {}), IsEmpty());
  const EmailConfig bad{.to = "jürgen@contoso.com", .from = "a2od"};
  EXPECT_THAT(check_texts({{"ops", {bad}}}, {}),
              ElementsAre(HasSubstr("receiver 'ops', email 1: from: expected an address"),
                          HasSubstr("to: found 'jürgen@contoso.com', expected an address in ASCII, as mail is sent "
                                    "without SMTPUTF8; write a domain as xn--")));
}

}  // namespace
}  // namespace a2od
