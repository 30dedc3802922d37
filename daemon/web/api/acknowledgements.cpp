#include "daemon/web/api/acknowledgements.hpp"

#include "config/duration.hpp"
#include "config/matchers.hpp"
#include "config/utf8.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <fmt/format.h>

#include <string>
#include <utility>

namespace a2od {

namespace json = boost::json;

namespace {

constexpr std::size_t kLongestBody = 64UL << 10U;
constexpr std::size_t kMostMatchers = 100;

std::unexpected<ApiReply> bad_data(std::string_view message) {
  return std::unexpected(api_error(400, "bad_data", valid_utf8(message)));
}

/// Empty where it is not given.
std::expected<std::string, ApiReply> read_text(const json::object& from, std::string_view key) {
  const auto* value = from.if_contains(key);
  if (value == nullptr || value->is_null()) return std::string();
  if (!value->is_string()) return bad_data(fmt::format("{} must be a text", key));
  return std::string(std::string_view(value->as_string()));
}

std::expected<std::vector<Matcher>, ApiReply> read_matchers(const json::object& from) {
  std::vector<Matcher> matchers;
  const auto* list = from.if_contains("matchers");
  if (list == nullptr || list->is_null()) return matchers;
  if (!list->is_array()) return bad_data("matchers must be a list of texts such as severity=\"page\"");
  if (list->as_array().size() > kMostMatchers) return bad_data(fmt::format("over {} matchers", kMostMatchers));
  for (const auto& text : list->as_array()) {
    if (!text.is_string()) return bad_data("each matcher must be a text such as severity=\"page\"");
    auto matcher = parse_matcher(text.as_string(), MatcherSyntax::fallback);
    if (!matcher) return bad_data(matcher.error().message);
    matchers.push_back(std::move(*matcher));
  }
  return matchers;
}

std::expected<Milliseconds, ApiReply> read_length(const json::object& from) {
  const auto text = read_text(from, "duration");
  if (!text) return std::unexpected(text.error());
  if (text->empty()) return kStandardAcknowledgement;
  const auto length = parse_duration(*text);
  if (!length || *length > kLongestAcknowledgement) return bad_data("duration must be one such as 8h, at most 7d");
  return *length;
}

}  // namespace

ApiReply answer_acknowledgements(std::span<const AcknowledgedAlert> alerts) {
  json::array list;
  for (const auto& [fingerprint, labels, acknowledgement] : alerts)
    list.push_back(json::object{{"fingerprint", fingerprint},
                                {"labels", label_object(labels)},
                                {"owner", acknowledgement.owner},
                                {"comment", acknowledgement.comment},
                                {"createdAt", format_time(acknowledgement.created_at)},
                                {"expiresAt", format_time(acknowledgement.expires_at)}});
  return api_success(std::move(list));
}

std::expected<PostedAcknowledgement, ApiReply> read_posted_acknowledgement(std::string_view body, Timestamp now) {
  if (body.size() > kLongestBody) return bad_data("over 64 KiB for one acknowledgement");
  boost::system::error_code error;
  const auto document = json::parse(body, error);
  if (error || !document.is_object()) return bad_data("expected an acknowledgement in JSON");
  const auto& from = document.as_object();
  PostedAcknowledgement posted;
  for (const auto& [key, text] : {std::pair{"fingerprint", &posted.selection.fingerprint},
                                  {"owner", &posted.acknowledgement.owner},
                                  {"comment", &posted.acknowledgement.comment}}) {
    auto read = read_text(from, key);
    if (!read) return std::unexpected(std::move(read.error()));
    *text = std::move(*read);
  }
  auto matchers = read_matchers(from);
  if (!matchers) return std::unexpected(std::move(matchers.error()));
  posted.selection.matchers = std::move(*matchers);
  const auto length = read_length(from);
  if (!length) return std::unexpected(length.error());
  posted.acknowledgement.created_at = now;
  posted.acknowledgement.expires_at = now + *length;
  return posted;
}

ApiReply answer_posted_acknowledgement(const Result<std::vector<AcknowledgedAlert>>& taken) {
  if (!taken) return api_error(400, "bad_data", valid_utf8(taken.error().message));
  if (taken->empty()) return api_error(404, "not_found", "no alert that fires is meant");
  return answer_acknowledgements(*taken);
}

ApiReply answer_withdrawn_acknowledgement(std::string_view fingerprint, bool withdrawn) {
  if (withdrawn) return api_success(nullptr);
  return api_error(404, "not_found", fmt::format("alert {} is not acknowledged", valid_utf8(fingerprint)));
}

}  // namespace a2od
