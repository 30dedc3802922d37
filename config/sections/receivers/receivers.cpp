#include "config/schema/checks.hpp"
#include "config/sections/receivers/receiver_keys.hpp"
#include "config/sections/sections.hpp"

#include <algorithm>

namespace a2od::schema {
namespace {

/// The list under one key, whose entries join the receiver's integrations in the order of the file.
template <class Integration>
Key<ReceiverConfig> integrations(std::string_view name, Type<Integration> type, std::string_view about) {
  const auto list = list_of(std::move(type));
  return {
      .name = name,
      .about = about,
      .type = list.name,
      .read =
          [list](Reader& reader, const Node& node, ReceiverConfig& receiver) {
            if (node.kind() == Node::Kind::null) return;
            std::vector<Integration> read;
            list.read(reader, node, read);
            std::ranges::move(read, std::back_inserter(receiver.integrations));
          },
      .show = [](const ReceiverConfig&) { return std::string(); },
      .describe = list.describe,
      .schema = [list] { return or_nothing(list.schema()); },
  };
}

constexpr std::string_view kByWebhook =
    "a2od does not speak to it; send to it through webhook_configs, whose payload "
    "can be what it expects";

std::vector<RefusedKey> other_receivers() {
  std::vector<RefusedKey> refused{
      {"msteams_configs",
       "Microsoft has retired these connectors; make a workflow of a channel and name its address "
       "in msteamsv2_configs"}};
  for (const auto* name : {"discord_configs", "incidentio_configs", "jira_configs", "mattermost_configs",
                           "pushover_configs", "rocketchat_configs", "sns_configs", "telegram_configs",
                           "victorops_configs", "webex_configs", "wechat_configs"}) {
    refused.push_back({name, kByWebhook});
  }
  return refused;
}

void check_receiver_label(Reader& reader, const Node::Entry& entry) {
  if (entry.key.empty()) reader.problem(entry.position, "found an empty label name, expected one such as team");
}

void check_receiver(Reader& reader, const Node& node, const ReceiverConfig& receiver) {
  const auto name = receiver.labels.find("name");
  if (name == receiver.labels.end() || name->second == receiver.name) return;
  const Reader::Step step(reader, "labels");
  reader.problem(node.find("labels")->position(),
                 "found the label 'name' with another value, expected the receiver's name, which it has unsaid");
}

Type<ReceiverConfig> receiver() {
  return section<ReceiverConfig>({
      .keys = {key("name", &ReceiverConfig::name,
                   text("text of 1 to 128 bytes without control characters", is_label_value), "what a route calls it",
                   Presence::required),
               key("pages", &ReceiverConfig::pages, boolean(),
                   "whether it wakes somebody up, as PagerDuty and Opsgenie always may: `a2od alerts test` spares it"),
               key("labels", &ReceiverConfig::labels, map_of(text(), check_receiver_label),
                   "what receiver_matchers of Alertmanager's API ask for"),
               integrations("webhook_configs", webhook(), "web addresses that messages are posted to"),
               integrations("slack_configs", slack(), "Slack channels"),
               integrations("pagerduty_configs", pagerduty(), "PagerDuty services, by their Events API v2"),
               integrations("opsgenie_configs", opsgenie(), "Opsgenie"),
               integrations("msteamsv2_configs", teams(), "Microsoft Teams channels, by a workflow"),
               integrations("servicenow_configs", servicenow(), "ServiceNow's Event Management"),
               integrations("email_configs", email(), "e-mail")},
      .refused = other_receivers(),
      .check = check_receiver,
  });
}

}  // namespace

Type<std::string> template_text() {
  auto type = text();
  type.read = [read = type.read](Reader& reader, const Node& node, std::string& value) {
    if (node.kind() == Node::Kind::null) return value.clear();
    read(reader, node, value);
  };
  type.schema = [] { return or_nothing(any_scalar()); };
  return type;
}

Type<std::string> http_url() { return text("a URL that begins with https:// or http://", is_http_url); }

Type<InlineOrSource> secret_url() { return inline_secret("a URL that begins with https:// or http://", is_http_url); }

void check_either(Reader& reader, const Node& node, std::string_view one, std::string_view other) {
  const auto* first = node.find(one);
  const auto* second = node.find(other);
  if (first == nullptr || second == nullptr) return;
  reader.problem(std::max(first->position(), second->position()),
                 "found both " + std::string(one) + " and " + std::string(other) + ", expected only one of them");
}

void check_one(Reader& reader, const Node& node, std::string_view one, std::string_view other) {
  check_either(reader, node, one, other);
  if (node.find(one) != nullptr || node.find(other) != nullptr) return;
  reader.problem(node.position(), "missing, expected " + std::string(one) + " or " + std::string(other));
}

Type<std::vector<ReceiverConfig>> receivers() { return unique_list_of("name", receiver()); }

}  // namespace a2od::schema
