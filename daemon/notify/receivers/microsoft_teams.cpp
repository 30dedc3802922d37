#include "collectors/cloud/json.hpp"
#include "config/schema/checks.hpp"
#include "daemon/notify/receivers/receivers.hpp"
#include "daemon/notify/templates/truncate.hpp"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

namespace a2od {
namespace {

namespace json = boost::json;

constexpr std::size_t kLongestTitle = 1024;
/// Teams takes 28 kB, counted after escaping.
constexpr std::size_t kLargestText = 24'000;

/// Cut until it fits, however many bytes escaping adds.
std::string fitting(std::string text) {
  for (auto most = kLargestText; json::serialize(json::string(text)).size() > kLargestText; most = most * 3 / 4)
    text = truncate_bytes(text, most).text;
  return text;
}

json::array buttons(const Texts& texts) {
  const auto url = cloud::get_string(texts.body(), "externalURL").value_or("");
  if (!schema::is_http_url(url)) return {};
  return {json::object{{"type", "Action.OpenUrl"}, {"title", "Open a2od"}, {"url", url}}};
}

}  // namespace

json::object teams_message(const TeamsConfig& teams, Texts& texts) {
  const json::object title{{"type", "TextBlock"},
                           {"text", truncate_runes(texts.text("title", teams.title), kLongestTitle).text},
                           {"weight", "Bolder"},
                           {"size", "Medium"},
                           {"wrap", true},
                           {"style", "heading"},
                           {"color", texts.resolved() ? "Good" : "Attention"}};
  const json::object text{{"type", "TextBlock"}, {"text", fitting(texts.text("text", teams.text))}, {"wrap", true}};
  json::object card{{"$schema", "http://adaptivecards.io/schemas/adaptive-card.json"},
                    {"type", "AdaptiveCard"},
                    {"version", "1.2"},
                    {"body", {title, text}},
                    {"msteams", {{"width", "full"}}}};
  if (auto actions = buttons(texts); !actions.empty()) card["actions"] = std::move(actions);
  const json::object attachment{{"contentType", "application/vnd.microsoft.card.adaptive"},
                                {"contentUrl", nullptr},
                                {"content", std::move(card)}};
  return {{"type", "message"}, {"attachments", json::array{attachment}}};
}

}  // namespace a2od
