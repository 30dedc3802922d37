#include "collectors/cloud/json.hpp"
#include "daemon/notify/receivers/fields.hpp"
#include "daemon/notify/receivers/receivers.hpp"
#include "daemon/notify/templates/truncate.hpp"

#include <boost/json/array.hpp>

#include <algorithm>
#include <array>

namespace a2od {
namespace {

namespace json = boost::json;

// What the Alert API takes, in characters.
constexpr std::size_t kLongestMessage = 130;
constexpr std::size_t kLongestDescription = 15'000;
constexpr std::size_t kLongestSource = 100;
constexpr std::size_t kLongestEntity = 512;
constexpr std::size_t kLongestNote = 25'000;
constexpr std::size_t kLongestTag = 50;
constexpr std::size_t kMostTags = 20;
constexpr std::size_t kMostActions = 10;
constexpr std::array<std::string_view, 5> kPriorities{"P1", "P2", "P3", "P4", "P5"};

/// Cut to what the API takes.
void put(json::object& to, std::string_view name, std::string_view text, std::size_t longest) {
  a2od::put(to, name, truncate_runes(text, longest).text);
}

std::vector<std::string> split(std::string_view text) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    auto part = text.substr(0, text.find(','));
    text.remove_prefix(std::min(part.size() + 1, text.size()));
    const auto first = part.find_first_not_of(" \t\n");
    if (first == std::string_view::npos) continue;
    parts.emplace_back(part.substr(first, part.find_last_not_of(" \t\n") - first + 1));
  }
  return parts;
}

json::array words(std::string_view text, std::size_t most) {
  json::array out;
  for (const auto& word : split(text)) {
    if (out.size() == most) break;
    out.emplace_back(truncate_runes(word, kLongestTag).text);
  }
  return out;
}

json::array responders(const OpsgenieConfig& opsgenie, Texts& texts) {
  json::array out;
  for (const auto& responder : opsgenie.responders) {
    const auto type = texts.text("responders.type", responder.type);
    const auto id = texts.text("responders.id", responder.id);
    const auto name = texts.text("responders.name", responder.name);
    const auto username = texts.text("responders.username", responder.username);
    if (type == "teams") {
      for (const auto& team : split(name)) out.push_back({{"type", "team"}, {"name", team}});
    } else if (!id.empty()) {
      out.push_back({{"type", type}, {"id", id}});
    } else if (!name.empty()) {
      out.push_back({{"type", type}, {"name", name}});
    } else if (!username.empty()) {
      out.push_back({{"type", type}, {"username", username}});
    }
  }
  return out;
}

json::object details(const OpsgenieConfig& opsgenie, Texts& texts) {
  json::object out;
  if (const auto* labels = cloud::get_object(texts.body(), "commonLabels")) out = *labels;
  for (const auto& [name, text] : opsgenie.details) out[name] = texts.text("details." + name, text);
  return out;
}

json::object new_alert(const OpsgenieConfig& opsgenie, std::string_view alias, Texts& texts) {
  json::object out{{"alias", alias}, {"details", details(opsgenie, texts)}};
  put(out, "message", texts.text("message", opsgenie.message), kLongestMessage);
  put(out, "description", texts.text("description", opsgenie.description), kLongestDescription);
  put(out, "source", texts.text("source", opsgenie.source), kLongestSource);
  put(out, "entity", texts.text("entity", opsgenie.entity), kLongestEntity);
  put(out, "note", texts.text("note", opsgenie.note), kLongestNote);
  if (!out.contains("message")) out["message"] = "(no message)";
  if (auto all = responders(opsgenie, texts); !all.empty()) out["responders"] = std::move(all);
  if (auto tags = words(texts.text("tags", opsgenie.tags), kMostTags); !tags.empty()) out["tags"] = std::move(tags);
  if (auto actions = words(texts.text("actions", opsgenie.actions), kMostActions); !actions.empty())
    out["actions"] = std::move(actions);
  const auto priority = texts.text("priority", opsgenie.priority);
  if (std::ranges::find(kPriorities, priority) != kPriorities.end()) out["priority"] = priority;
  return out;
}

}  // namespace

std::vector<OpsgenieCall> opsgenie_calls(const OpsgenieConfig& opsgenie, std::string_view alias, Texts& texts) {
  const auto of_alert = [&](std::string_view what) {
    return "v2/alerts/" + std::string(alias) + "/" + std::string(what) + "?identifierType=alias";
  };
  if (texts.resolved()) {
    json::object body;
    put(body, "source", texts.text("source", opsgenie.source), kLongestSource);
    return {{"POST", of_alert("close"), std::move(body)}};
  }
  auto alert = new_alert(opsgenie, alias, texts);
  std::vector<OpsgenieCall> calls;
  if (opsgenie.update_alerts) {
    calls.push_back({"PUT", of_alert("message"), {{"message", alert.at("message")}}});
    if (const auto* description = alert.if_contains("description"))
      calls.push_back({"PUT", of_alert("description"), {{"description", *description}}});
  }
  // An alert that is open already is not changed by being made again.
  calls.insert(calls.begin(), {"POST", "v2/alerts", std::move(alert)});
  return calls;
}

}  // namespace a2od
