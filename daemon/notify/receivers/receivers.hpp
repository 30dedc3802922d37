// What each kind of receiver is sent: a message's stored body made into what the receiver's API wants. Pure functions;
// the settings that must be secret come as values.
#pragma once

#include "config/receiver_config.hpp"
#include "daemon/notify/receivers/texts.hpp"

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace a2od {

/// A payload of the operator's own, its texts computed; one that yields a JSON list or object becomes that.
[[nodiscard]] boost::json::value webhook_payload(const Payload& payload, Texts& texts);

/// Of incoming webhooks and chat.postMessage: https://docs.slack.dev/reference/methods/chat.postMessage.
[[nodiscard]] boost::json::object slack_message(const SlackConfig& slack, Texts& texts);

/// Events API v2, at most 512 kB: https://developer.pagerduty.com/docs/send-alert-event.
[[nodiscard]] boost::json::object pagerduty_event(const PagerdutyConfig& pagerduty, std::string_view routing_key,
                                                  std::string_view dedup_key, Texts& texts);

/// Alert API: https://docs.opsgenie.com/docs/alert-api.
struct OpsgenieCall {
  std::string method;
  std::string path;  ///< behind api_url
  boost::json::object body;
};
[[nodiscard]] std::vector<OpsgenieCall> opsgenie_calls(const OpsgenieConfig& opsgenie, std::string_view alias,
                                                       Texts& texts);

/// An adaptive card in a message, less than the 28 kB that Teams takes.
[[nodiscard]] boost::json::object teams_message(const TeamsConfig& teams, Texts& texts);

/// Event Management's inbound events (/api/global/em/jsonv2), at most 100 to a request.
[[nodiscard]] std::vector<boost::json::object> servicenow_events(const ServicenowConfig& servicenow, Texts& texts);

/// Whether all texts of all receivers are templates: a line for each that is not.
[[nodiscard]] std::vector<std::string> check_texts(const std::vector<ReceiverConfig>& receivers,
                                                   const NotificationTemplates& templates);

}  // namespace a2od
