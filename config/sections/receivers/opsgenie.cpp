#include "config/sections/receivers/receiver_keys.hpp"

namespace a2od::schema {
namespace {

void check_responder(Reader& reader, const Node& node, const OpsgenieResponder& responder) {
  const int given = int(!responder.id.empty()) + int(!responder.name.empty()) + int(!responder.username.empty());
  if (given != 1) reader.problem(node.position(), "expected exactly one of id, name and username");
}

Type<OpsgenieResponder> responder() {
  return section<OpsgenieResponder>({
      .keys = {key("id", &OpsgenieResponder::id, template_text(), "by its id"),
               key("name", &OpsgenieResponder::name, template_text(), "by its name"),
               key("username", &OpsgenieResponder::username, template_text(), "a user"),
               key("type", &OpsgenieResponder::type, template_text(), "team, teams, user, escalation or schedule",
                   Presence::required)},
      .check = check_responder,
  });
}

}  // namespace

Type<OpsgenieConfig> opsgenie() {
  return section<OpsgenieConfig>({
      .keys = {key("api_key", &OpsgenieConfig::api_key, inline_secret(), "in place of global.opsgenie_api_key"),
               key("api_key_file", &OpsgenieConfig::api_key, secret_file(), "a file that holds it"),
               key("api_url", &OpsgenieConfig::api_url, http_url(), "in place of global.opsgenie_api_url"),
               send_resolved<OpsgenieConfig>(), timeout<OpsgenieConfig>(), http<OpsgenieConfig>(),
               key("message", &OpsgenieConfig::message, template_text(), "the heading, at most 130 characters"),
               key("description", &OpsgenieConfig::description, template_text(), "the text"),
               key("source", &OpsgenieConfig::source, template_text(), "a link to who reports"),
               key("details", &OpsgenieConfig::details, map_of(template_text()), "more, beside the common labels"),
               key("entity", &OpsgenieConfig::entity, template_text(), "what it is about"),
               key("responders", &OpsgenieConfig::responders, list_of(responder()), "who is to act"),
               key("actions", &OpsgenieConfig::actions, template_text(), "actions on offer, divided by commas"),
               key("tags", &OpsgenieConfig::tags, template_text(), "tags, divided by commas"),
               key("note", &OpsgenieConfig::note, template_text(), "a note"),
               key("priority", &OpsgenieConfig::priority, template_text(), "P1 to P5"),
               key("update_alerts", &OpsgenieConfig::update_alerts, boolean(),
                   "whether message and description of an open alert are written anew")},
      .check = [](Reader& reader, const Node& node,
                  const OpsgenieConfig&) { check_either(reader, node, "api_key", "api_key_file"); },
      .holds_secret = true,
  });
}

}  // namespace a2od::schema
