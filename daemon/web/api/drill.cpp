#include "daemon/web/api/drill.hpp"

#include "collectors/cloud/json.hpp"
#include "config/duration.hpp"
#include "config/utf8.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <optional>
#include <utility>
#include <vector>

namespace a2od {

namespace json = boost::json;

namespace {

template <class T>
using Read = std::expected<T, ApiReply>;

constexpr std::size_t kLongestBody = 64UL << 10U;

std::unexpected<ApiReply> bad_data(std::string_view message) {
  return std::unexpected(api_error(400, "bad_data", valid_utf8(message)));
}

/// nullptr where it is not given.
const json::value* given(const json::object& from, std::string_view key) {
  const auto* value = from.if_contains(key);
  return value == nullptr || value->is_null() ? nullptr : value;
}

Read<std::string> read_text(const json::object& from, std::string_view key) {
  const auto* value = given(from, key);
  if (value == nullptr) return std::string();
  if (!value->is_string()) return bad_data(fmt::format("{} must be a text", key));
  return std::string(std::string_view(value->as_string()));
}

Read<bool> read_flag(const json::object& from, std::string_view key) {
  const auto* value = given(from, key);
  if (value == nullptr) return false;
  if (!value->is_bool()) return bad_data(fmt::format("{} must be true or false", key));
  return value->as_bool();
}

Read<std::map<std::string, std::string>> read_texts(const json::object& from, std::string_view key) {
  std::map<std::string, std::string> texts;
  const auto* value = given(from, key);
  if (value == nullptr) return texts;
  if (!value->is_object()) return bad_data(fmt::format("{} must be an object of texts", key));
  for (const auto& [name, text] : value->as_object()) {
    if (!text.is_string()) return bad_data(fmt::format("{} must be an object of texts", key));
    texts.emplace(name, std::string_view(text.as_string()));
  }
  return texts;
}

Read<std::optional<Integration>> read_integration(const json::object& from) {
  const auto* value = given(from, "only");
  if (value == nullptr) return std::nullopt;
  const auto receiver = cloud::get_string(*value, "receiver");
  const auto kind = cloud::get_string(*value, "by");
  const auto* index = value->is_object() ? given(value->as_object(), "integration") : nullptr;
  boost::system::error_code error;
  const auto number = index == nullptr ? 0 : index->to_number<std::uint64_t>(error);
  if (!receiver || !kind || error)
    return bad_data("only must be an object with receiver, by and integration, as an answer names them");
  return Integration{std::string(*receiver), number, std::string(*kind)};
}

Read<Milliseconds> read_length(const json::object& from) {
  const auto text = read_text(from, "firesFor");
  if (!text) return std::unexpected(text.error());
  if (text->empty()) return Milliseconds(0);
  const auto length = parse_duration(*text);
  if (!length || *length > kLongestDrill) return bad_data("firesFor must be a duration such as 1m, at most 30m");
  return *length;
}

std::string asking(const std::string& posted, const std::string& user, std::string_view peer) {
  if (user.empty()) return posted.empty() ? fmt::format("somebody at {}", peer) : posted;
  return posted.empty() || posted == user ? user : fmt::format("{} (signed in as {})", posted, user);
}

json::array list_of(const std::vector<std::string>& texts) {
  json::array list;
  for (const auto& text : texts) list.emplace_back(valid_utf8(text));
  return list;
}

double seconds(Milliseconds length) { return std::chrono::duration<double>(length).count(); }

std::string_view name_of(DrillEnd::State state) {
  switch (state) {
    case DrillEnd::State::not_owed:
      return "notOwed";
    case DrillEnd::State::withdrawn:
      return "withdrawn";
    case DrillEnd::State::waits:
      return "waits";
    case DrillEnd::State::late:
      return "late";
    case DrillEnd::State::told:
      return "told";
  }
  return "waits";
}

json::object object_of(const DeliveryResult& result, Milliseconds took) {
  json::object out{{"delivered", classify(result) == Verdict::delivered},
                   {"verdict", name_of(classify(result))},
                   {"answer", valid_utf8(describe(result))},
                   {"milliseconds", took.count()}};
  if (result.status != 0) out["status"] = result.status;
  if (result.retry_after) out["retryAfter"] = seconds(*result.retry_after);
  return out;
}

json::object object_of(const ShownMessage& shown) {
  json::array requests;
  for (const auto& [to, headers, body] : shown.requests)
    requests.push_back(json::object{{"to", valid_utf8(to)}, {"headers", list_of(headers)}, {"body", body}});
  return {{"requests", std::move(requests)}, {"failures", list_of(shown.failures)}, {"error", valid_utf8(shown.error)}};
}

json::object object_of(const DrillEnd& end) {
  json::object out{{"state", name_of(end.state)}};
  if (end.due != Timestamp{}) out["dueAt"] = format_time(end.due);
  if (end.result) out["result"] = object_of(*end.result, end.took);
  return out;
}

json::object object_of(const DrillDelivery& delivery, DrillRequest::Mode mode) {
  json::object out{{"receiver", delivery.to.receiver},
                   {"by", delivery.to.kind},
                   {"integration", delivery.to.index},
                   {"path", list_of(delivery.path)},
                   {"pages", delivery.pages},
                   {"endOwed", delivery.owes_end},
                   {"withheld", valid_utf8(delivery.withheld)},
                   {"message", object_of(delivery.shown)},
                   {"good", delivery.is_good(mode)}};
  if (!delivery.result) return out;
  out["result"] = object_of(*delivery.result, delivery.took);
  out["end"] = object_of(delivery.ended);
  return out;
}

json::object object_of(const ExplainedRoute& route) {
  json::array escalate;
  for (const auto& [after, receiver] : route.escalate)
    escalate.push_back(json::object{{"after", seconds(after)}, {"receiver", receiver}});
  return {{"path", list_of(route.path)},
          {"receiver", route.receiver},
          {"groupLabels", label_object(route.group_labels)},
          {"groupWait", seconds(route.group_wait)},
          {"mutedBy", list_of(route.muted_by)},
          {"escalate", std::move(escalate)}};
}

}  // namespace

std::expected<DrillRequest, ApiReply> read_posted_drill(std::string_view body, const std::string& user,
                                                        std::string_view peer) {
  if (body.size() > kLongestBody) return bad_data("over 64 KiB for one test");
  boost::system::error_code error;
  const auto document = json::parse(body, error);
  if (error || !document.is_object()) return bad_data("expected a test alert in JSON");
  const auto& from = document.as_object();
  for (const auto& [key, value] : from) {
    constexpr std::string_view kKeys[] = {"labels", "annotations", "receiver", "askedBy", "send",
                                          "page",   "firesFor",    "id",       "only"};
    // A misspelt `send` would look like a test that was passed.
    if (std::ranges::find(kKeys, std::string_view(key)) == std::end(kKeys))
      return bad_data(fmt::format("{} is no field of a test; there are: {}", std::string_view(key),
                                  "labels, annotations, receiver, askedBy, send, page, firesFor, id, only"));
  }
  DrillRequest request;
  std::string asked_by;
  for (const auto& [key, text] :
       {std::pair{"receiver", &request.receiver}, {"askedBy", &asked_by}, {"id", &request.id}}) {
    auto read = read_text(from, key);
    if (!read) return std::unexpected(std::move(read.error()));
    *text = std::move(*read);
  }
  for (const auto& [key, texts] : {std::pair{"labels", &request.labels}, {"annotations", &request.annotations}}) {
    auto read = read_texts(from, key);
    if (!read) return std::unexpected(std::move(read.error()));
    *texts = std::move(*read);
  }
  const auto send = read_flag(from, "send");
  if (!send) return std::unexpected(send.error());
  const auto page = read_flag(from, "page");
  if (!page) return std::unexpected(page.error());
  const auto length = read_length(from);
  if (!length) return std::unexpected(length.error());
  auto only = read_integration(from);
  if (!only) return std::unexpected(only.error());
  request.only = std::move(*only);
  request.asked_by = asking(asked_by, user, peer);
  request.mode = *send ? DrillRequest::Mode::send : DrillRequest::Mode::show;
  request.page = *page;
  request.fires_for = *length;
  return request;
}

ApiReply answer_drill(const Result<Drill>& drill) {
  if (!drill) return api_error(400, "bad_data", valid_utf8(drill.error().message));
  json::array routes;
  for (const auto& route : drill->routes) routes.push_back(object_of(route));
  json::array deliveries;
  for (const auto& delivery : drill->deliveries) deliveries.push_back(object_of(delivery, drill->mode));
  json::object annotations;
  for (const auto& [name, text] : drill->alert.annotations) annotations[name] = text;
  return api_success(json::object{{"id", drill->id},
                                  {"at", format_time(drill->at)},
                                  {"sent", drill->mode == DrillRequest::Mode::send},
                                  {"good", drill->is_good()},
                                  {"labels", label_object(drill->labels)},
                                  {"told", json::object{{"labels", label_object(drill->alert.labels)},
                                                        {"annotations", std::move(annotations)},
                                                        {"fingerprint", drill->alert.fingerprint}}},
                                  {"heldBy", list_of(drill->held_by)},
                                  {"routes", std::move(routes)},
                                  {"deliveries", std::move(deliveries)}});
}

}  // namespace a2od
