#include "daemon/notify/receivers/fields.hpp"
#include "daemon/notify/receivers/receivers.hpp"
#include "daemon/notify/templates/truncate.hpp"

#include <boost/json/array.hpp>

namespace a2od {
namespace {

namespace json = boost::json;

constexpr std::size_t kLongestTitle = 1024;

json::object field(const SlackConfig& slack, const SlackField& field, Texts& texts) {
  return {{"title", texts.text("fields.title", field.title)},
          {"value", texts.text("fields.value", field.value)},
          {"short", field.is_short.value_or(slack.short_fields)}};
}

json::object confirmation(const SlackAction::Confirmation& confirm, Texts& texts) {
  json::object out;
  put(out, "title", texts.text("actions.confirm.title", confirm.title));
  put(out, "text", texts.text("actions.confirm.text", confirm.text));
  put(out, "ok_text", texts.text("actions.confirm.ok_text", confirm.ok_text));
  put(out, "dismiss_text", texts.text("actions.confirm.dismiss_text", confirm.dismiss_text));
  return out;
}

json::object action(const SlackAction& action, Texts& texts) {
  json::object out;
  put(out, "type", texts.text("actions.type", action.type));
  put(out, "text", texts.text("actions.text", action.text));
  put(out, "url", texts.text("actions.url", action.url));
  put(out, "style", texts.text("actions.style", action.style));
  put(out, "name", texts.text("actions.name", action.name));
  put(out, "value", texts.text("actions.value", action.value));
  if (action.confirm) out["confirm"] = confirmation(*action.confirm, texts);
  return out;
}

json::object attachment(const SlackConfig& slack, Texts& texts) {
  json::object out;
  put(out, "title", truncate_runes(texts.text("title", slack.title), kLongestTitle).text);
  put(out, "title_link", texts.text("title_link", slack.title_link));
  put(out, "pretext", texts.text("pretext", slack.pretext));
  put(out, "text", texts.text("text", slack.text));
  put(out, "fallback", texts.text("fallback", slack.fallback));
  put(out, "callback_id", texts.text("callback_id", slack.callback_id));
  put(out, "image_url", texts.text("image_url", slack.image_url));
  put(out, "thumb_url", texts.text("thumb_url", slack.thumb_url));
  put(out, "footer", texts.text("footer", slack.footer));
  put(out, "color", texts.text("color", slack.color));
  json::array fields;
  for (const auto& each : slack.fields) fields.push_back(field(slack, each, texts));
  if (!fields.empty()) out["fields"] = std::move(fields);
  json::array actions;
  for (const auto& each : slack.actions) actions.push_back(action(each, texts));
  if (!actions.empty()) out["actions"] = std::move(actions);
  out["mrkdwn_in"] = json::array(slack.mrkdwn_in.begin(), slack.mrkdwn_in.end());
  return out;
}

}  // namespace

json::object slack_message(const SlackConfig& slack, Texts& texts) {
  json::object out;
  put(out, "channel", texts.exact("channel", slack.channel));
  put(out, "username", texts.text("username", slack.username));
  put(out, "icon_emoji", texts.text("icon_emoji", slack.icon_emoji));
  put(out, "icon_url", texts.text("icon_url", slack.icon_url));
  put(out, "text", texts.text("message_text", slack.message_text));
  if (slack.link_names) out["link_names"] = true;
  out["attachments"] = json::array{attachment(slack, texts)};
  return out;
}

}  // namespace a2od
