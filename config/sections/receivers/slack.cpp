#include "config/schema/checks.hpp"
#include "config/sections/receivers/receiver_keys.hpp"

namespace a2od::schema {
namespace {

Type<SlackField> field() {
  return section<SlackField>({
      .keys = {key("title", &SlackField::title, template_text(), "its heading", Presence::required),
               key("value", &SlackField::value, template_text(), "its text", Presence::required),
               key("short", &SlackField::is_short, boolean(), "whether another may stand beside it")},
  });
}

Type<SlackAction::Confirmation> confirmation() {
  using Confirmation = SlackAction::Confirmation;
  return section<Confirmation>({
      .keys = {key("text", &Confirmation::text, template_text(), "the question", Presence::required),
               key("title", &Confirmation::title, template_text(), "above it"),
               key("ok_text", &Confirmation::ok_text, template_text(), "on the button that goes on"),
               key("dismiss_text", &Confirmation::dismiss_text, template_text(), "on the other button")},
  });
}

Type<SlackAction> action() {
  return section<SlackAction>({
      .keys = {key("type", &SlackAction::type, template_text(), "button", Presence::required),
               key("text", &SlackAction::text, template_text(), "on the button", Presence::required),
               key("url", &SlackAction::url, template_text(), "where it leads"),
               key("style", &SlackAction::style, template_text(), "default, primary or danger"),
               key("name", &SlackAction::name, template_text(), "tells an app which button it was"),
               key("value", &SlackAction::value, template_text(), "told to an app"),
               key("confirm", &SlackAction::confirm, confirmation(), "asked before")},
      .check = [](Reader& reader, const Node& node, const SlackAction&) { check_one(reader, node, "url", "name"); },
  });
}

Type<SlackConfig> no_updates() {
  return {.name = "false", .read = [](Reader& reader, const Node& node, SlackConfig&) {
            if (node.text() != "false")
              reader.problem(node.position(), "messages are not updated: each is a message of its own, expected false");
          }};
}

}  // namespace

Type<SlackConfig> slack() {
  return section<SlackConfig>({
      .keys = {key("api_url", &SlackConfig::api_url, secret_url(), "an incoming webhook, in place of the global one"),
               key("api_url_file", &SlackConfig::api_url, secret_file(), "a file that holds it"),
               key("app_token", &SlackConfig::app_token, inline_secret(), "of a Slack app, in place of an api_url"),
               key("app_token_file", &SlackConfig::app_token, secret_file(), "a file that holds it"),
               key("app_url", &SlackConfig::app_url, http_url(), "where messages of an app are posted"),
               key("channel", &SlackConfig::channel, template_text(), "the channel; a webhook has one of its own"),
               send_resolved<SlackConfig>(),
               timeout<SlackConfig>(),
               http<SlackConfig>(),
               key("username", &SlackConfig::username, template_text(), "who says it"),
               key("color", &SlackConfig::color, template_text(), "of the bar: good, warning, danger or #rrggbb"),
               key("title", &SlackConfig::title, template_text(), "the heading"),
               key("title_link", &SlackConfig::title_link, template_text(), "where it leads"),
               key("pretext", &SlackConfig::pretext, template_text(), "above the heading"),
               key("text", &SlackConfig::text, template_text(), "below the heading"),
               key("message_text", &SlackConfig::message_text, template_text(), "of the message itself, above it all"),
               key("fallback", &SlackConfig::fallback, template_text(), "where only plain text is shown"),
               key("callback_id", &SlackConfig::callback_id, template_text(), "told to an app with a button"),
               key("footer", &SlackConfig::footer, template_text(), "at the end"),
               key("icon_emoji", &SlackConfig::icon_emoji, template_text(), "the sender's picture"),
               key("icon_url", &SlackConfig::icon_url, template_text(), "the same by its address"),
               key("image_url", &SlackConfig::image_url, template_text(), "a picture below the text"),
               key("thumb_url", &SlackConfig::thumb_url, template_text(), "a small one beside it"),
               key("fields", &SlackConfig::fields, list_of(field()), "a table below the text"),
               key("short_fields", &SlackConfig::short_fields, boolean(), "of fields that do not say"),
               key("actions", &SlackConfig::actions, list_of(action()), "buttons"),
               key("link_names", &SlackConfig::link_names, boolean(), "whether @names are links"),
               key("mrkdwn_in", &SlackConfig::mrkdwn_in, list_of(text()), "where Slack's markup is read"),
               key("update_message", no_updates(), "without effect: messages are not updated")},
      .check =
          [](Reader& reader, const Node& node, const SlackConfig& slack) {
            check_either(reader, node, "api_url", "api_url_file");
            check_either(reader, node, "app_token", "app_token_file");
            if (slack.api_url && slack.app_token)
              reader.problem(node.position(), "found both an api_url and an app_token, expected only one of them");
          },
      .holds_secret = true,
  });
}

}  // namespace a2od::schema
