#include "daemon/web/api_v2/silences.hpp"

#include "config/utf8.hpp"
#include "daemon/web/api/reply.hpp"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <tuple>
#include <utility>

namespace a2od {

namespace json = boost::json;

namespace {

using api_v2::bad_request;
using api_v2::Read;

constexpr std::size_t kMostMatchers = 100;
constexpr std::size_t kLongestSilence = 64UL << 10U;

bool is_regex(MatchType type) { return type == MatchType::regex || type == MatchType::not_regex; }
bool is_positive(MatchType type) { return type == MatchType::equal || type == MatchType::regex; }

MatchType type_of(bool regex, bool equal) {
  if (regex) return equal ? MatchType::regex : MatchType::not_regex;
  return equal ? MatchType::equal : MatchType::not_equal;
}

json::object shown(const Silence& silence, Timestamp now) {
  return {{"id", silence.id},
          {"status", json::object{{"state", to_string(silence.state(now))}}},
          {"updatedAt", format_time(silence.updated_at)},
          {"comment", silence.comment},
          {"createdBy", silence.created_by},
          {"annotations", api_v2::text_map(silence.annotations)},
          {"startsAt", format_time(silence.starts_at)},
          {"endsAt", format_time(silence.ends_at)},
          {"matchers", matcher_list(silence.matchers)}};
}

/// As Alertmanager: the filter's matchers look at the values that the silence's matchers name, as if they were labels.
bool passes(const Silence& silence, std::span<const Matcher> filter) {
  std::vector<Labels::Pair> pairs;
  for (const auto& matcher : silence.matchers) pairs.emplace_back(matcher.name(), matcher.value());
  return matches_all(filter, Labels::from(std::move(pairs)));
}

/// Those that matter most first.
auto place(const Silence& silence, Timestamp now) {
  const auto state = silence.state(now);
  const auto first = state == Silence::State::pending ? silence.starts_at : silence.ends_at;
  const auto since = first.time_since_epoch();
  return std::tuple(state, state == Silence::State::expired ? -since : since, std::string_view(silence.id));
}

Read<Matcher> read_matcher(const json::value& value) {
  if (!value.is_object()) return std::unexpected(bad_request("each matcher must be an object"));
  const auto& from = value.as_object();
  const auto* name = from.if_contains("name");
  const auto* text = from.if_contains("value");
  if (name == nullptr || !name->is_string() || text == nullptr || !text->is_string())
    return std::unexpected(bad_request("a matcher needs the texts name and value"));
  const auto flag = [&](std::string_view key, bool standard) -> std::optional<bool> {
    const auto* given = from.if_contains(key);
    if (given == nullptr || given->is_null()) return standard;
    return given->is_bool() ? std::optional(given->as_bool()) : std::nullopt;
  };
  const auto regex = flag("isRegex", false);
  const auto equal = flag("isEqual", true);
  if (!regex || !equal) return std::unexpected(bad_request("isRegex and isEqual must be true or false"));
  auto matcher = Matcher::make(type_of(*regex, *equal), std::string(std::string_view(name->as_string())),
                               std::string(std::string_view(text->as_string())), Dot::one_line);
  if (!matcher) return std::unexpected(bad_request("invalid label matcher: " + matcher.error().message));
  return std::move(*matcher);
}

Read<std::string> read_text(const json::object& from, std::string_view key) {
  const auto* value = from.if_contains(key);
  if (value == nullptr || value->is_null()) return std::string();
  if (!value->is_string()) return std::unexpected(bad_request(fmt::format("{} must be a text", key)));
  return std::string(std::string_view(value->as_string()));
}

Read<Silence> read_silence(const json::object& from) {
  Silence silence;
  for (const auto& [key, text] :
       {std::pair{"id", &silence.id}, {"createdBy", &silence.created_by}, {"comment", &silence.comment}}) {
    auto read = read_text(from, key);
    if (!read) return std::unexpected(read.error());
    *text = std::move(*read);
  }
  for (const auto& [key, time] : {std::pair{"startsAt", &silence.starts_at}, {"endsAt", &silence.ends_at}}) {
    const auto read = api_v2::read_time(from, key);
    if (!read) return std::unexpected(read.error());
    *time = read->value_or(Timestamp{});
  }
  auto annotations = api_v2::read_texts(from, "annotations");
  if (!annotations) return std::unexpected(annotations.error());
  silence.annotations = std::move(*annotations);
  const auto* matchers = from.if_contains("matchers");
  auto read = read_matcher_list(matchers == nullptr ? json::value() : *matchers);
  if (!read) return std::unexpected(read.error());
  silence.matchers = std::move(*read);
  return silence;
}

ApiReply failed(const Error& error) {
  const auto body = json::serialize(json::string(valid_utf8(error.message)));
  return {error.message == kNoSuchSilence ? 404U : 400U, body};
}

}  // namespace

json::array matcher_list(std::span<const Matcher> matchers) {
  json::array list;
  for (const auto& matcher : matchers)
    list.push_back(json::object{{"name", matcher.name()},
                                {"value", matcher.value()},
                                {"isRegex", is_regex(matcher.type())},
                                {"isEqual", is_positive(matcher.type())}});
  return list;
}

Read<std::vector<Matcher>> read_matcher_list(const json::value& list) {
  if (!list.is_array()) return std::unexpected(bad_request("matchers must be a list"));
  if (list.as_array().size() > kMostMatchers)
    return std::unexpected(bad_request(fmt::format("over {} matchers", kMostMatchers)));
  std::vector<Matcher> matchers;
  for (const auto& value : list.as_array()) {
    auto matcher = read_matcher(value);
    if (!matcher) return std::unexpected(matcher.error());
    matchers.push_back(std::move(*matcher));
  }
  return matchers;
}

ApiReply answer_v2_silences(const Silences& silences, const Parameters& parameters, Timestamp now) {
  const auto filter = api_v2::read_matchers(parameters, "filter");
  if (!filter) return filter.error();
  std::map<Silence::State, bool> wanted;
  for (const auto state : {Silence::State::active, Silence::State::pending, Silence::State::expired}) {
    const auto flag = api_v2::read_flag(parameters, to_string(state), true);
    if (!flag) return flag.error();
    wanted[state] = *flag;
  }
  std::vector<Silence> found = silences.all();
  std::erase_if(found, [&](const Silence& s) { return !wanted[s.state(now)] || !passes(s, *filter); });
  std::ranges::sort(found, [&](const Silence& a, const Silence& b) { return place(a, now) < place(b, now); });
  json::array list;
  for (const auto& silence : found) list.push_back(shown(silence, now));
  return api_v2::reply(list);
}

ApiReply answer_v2_silence(const Silences& silences, std::string_view id, Timestamp now) {
  const auto* silence = silences.find(id);
  if (silence == nullptr) return {404, ""};
  return api_v2::reply(shown(*silence, now));
}

Read<Silence> read_posted_silence(std::string_view body, Timestamp now) {
  if (body.size() > kLongestSilence) return std::unexpected(bad_request("over 64 KiB for one silence"));
  boost::system::error_code error;
  const auto document = json::parse(body, error);
  if (error || !document.is_object()) return std::unexpected(bad_request("expected a silence in JSON"));
  auto silence = read_silence(document.as_object());
  if (!silence) return silence;
  if (silence->starts_at > silence->ends_at || silence->starts_at == silence->ends_at)
    return std::unexpected(bad_request("failed to create silence: start time must be before end time"));
  if (silence->ends_at < now)
    return std::unexpected(bad_request("failed to create silence: end time can't be in the past"));
  return silence;
}

ApiReply answer_posted_silence(const Result<std::string>& id) {
  if (!id) return failed(id.error());
  return api_v2::reply(json::object{{"silenceID", *id}});
}

ApiReply answer_deleted_silence(const Result<void>& expired) {
  if (expired) return {200, ""};
  auto reply = failed(expired.error());
  if (reply.status == 400) reply.status = 500;  // as Alertmanager: its clients know no other
  return reply;
}

}  // namespace a2od
