#include "tests/tenant/fault_reply.hpp"

#include "config/duration.hpp"
#include "tests/tenant/raw_reply.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

namespace a2od::tenant {
namespace {

std::string_view or_else(const std::string& text, std::string_view otherwise) {
  return text.empty() ? otherwise : std::string_view(text);
}

HttpReply with_body(HttpReply reply, std::string body) {
  reply.body = std::make_shared<const std::string>(std::move(body));
  return reply;
}

struct Limit {
  std::string_view code;
  std::string_view message;
};

/// Dataverse's three service-protection limits.
Limit service_protection(std::string_view which) {
  if (which == "time")
    return {"0x80072321",
            "Combined execution time of incoming requests exceeded limit of 1,200,000 milliseconds over "
            "time window of 300 seconds. Decrease number of concurrent requests or reduce the duration "
            "of requests and try again later."};
  if (which == "concurrency") return {"0x80072326", "Number of concurrent requests exceeded the limit of 52."};
  return {"0x80072322", "Number of requests exceeded the limit of 6000 over time window of 300 seconds."};
}

ApiReply throttled_body(const Fault& fault, Api api) {
  if (api == Api::login) return sign_in_error(429, "temporarily_unavailable", 90055, "There are too many requests.");
  if (api != Api::dataverse)
    return error_reply(api, 429, or_else(fault.code, "TooManyRequests"), or_else(fault.message, "Too many requests."));
  const auto limit = service_protection(fault.code);
  return error_reply(api, 429, limit.code, limit.message);
}

/// "120" as it is; "+120s" as the HTTP date of that moment.
std::string retry_after(const std::string& text, Timestamp now) {
  const auto wait = text.starts_with('+') ? parse_duration(text.substr(1)) : Result<Milliseconds>(failure(""));
  return wait ? http_time(now + *wait) : text;
}

HttpReply throttled(const Fault& fault, Api api, Timestamp now) {
  auto reply = throttled_body(fault, api);
  if (!fault.retry_after.empty()) reply.headers.emplace_back("Retry-After", retry_after(fault.retry_after, now));
  return to_http(reply);
}

HttpReply server_error(const Fault& fault, Api api) {
  const auto status = static_cast<unsigned>(fault.status);
  if (fault.code == "html")
    return text_reply(status, "<html><body><h1>Service Unavailable</h1></body></html>", "text/html");
  if (api == Api::login) return to_http(sign_in_error(status, "server_error", 90033, "A transient error occurred."));
  return to_http(error_reply(api, status, or_else(fault.code, "InternalServerError"),
                             or_else(fault.message, "The org is not available now, please retry later.")));
}

HttpReply sign_in_failed(const Fault& fault) {
  int number = 7000215;
  std::from_chars(fault.code.data(), fault.code.data() + fault.code.size(), number);
  const bool of_client = number == 7000215 || number == 7000222 || number == 700027;
  const auto status = static_cast<unsigned>(fault.status == 503 ? (of_client ? 401 : 400) : fault.status);
  return to_http(sign_in_error(status, of_client ? "invalid_client" : "invalid_request", number,
                               or_else(fault.message, "The request was refused on purpose.")));
}

HttpReply claims_challenge(const ApiRequest& request) {
  ApiReply reply = error_reply(Api::graph, 401, "InvalidAuthenticationToken", "Continuous access evaluation failed.");
  reply.headers.emplace_back(
      "WWW-Authenticate",
      fmt::format("Bearer realm=\"\", authorization_uri=\"https://login.microsoftonline.com/common/oauth2/authorize\", "
                  "resource_id=\"https://{}\", error=\"insufficient_claims\", "
                  "claims=\"eyJhY2Nlc3NfdG9rZW4iOnsibmJmIjp7ImVzc2VudGlhbCI6dHJ1ZX19fQ==\"",
                  request.host));
  return to_http(reply);
}

/// Applies `change` to the true reply's JSON; a body that is none stays as it is.
template <class Change>
HttpReply reshaped(HttpReply reply, Change change) {
  boost::system::error_code error;
  auto value = json::parse(*reply.body, error);
  if (error) return reply;
  change(value);
  return with_body(std::move(reply), json::serialize(value));
}

bool named(const std::vector<std::string>& columns, std::string_view name) {
  return std::ranges::find(columns, name) != columns.end();
}

void mistype(json::value& value) {
  if (value.is_string())
    value = 7;
  else
    value = json::serialize(value);
}

void mistype_members(json::value& value, const std::vector<std::string>& columns) {
  if (auto* list = value.if_array())
    for (auto& item : *list) mistype_members(item, columns);
  auto* object = value.if_object();
  if (object == nullptr) return;
  for (auto& member : *object) {
    const bool leaf = !member.value().is_structured();
    if (named(columns, member.key()) || (columns.empty() && leaf))
      mistype(member.value());
    else
      mistype_members(member.value(), columns);
  }
}

void erase_members(json::value& value, const std::vector<std::string>& columns) {
  if (auto* list = value.if_array())
    for (auto& item : *list) erase_members(item, columns);
  auto* object = value.if_object();
  if (object == nullptr) return;
  for (const auto& column : columns) object->erase(column);
  for (auto& member : *object) erase_members(member.value(), columns);
}

/// Each page links to a further one, as a service with a broken cursor does; `code: same` links to itself.
void add_endless_link(json::value& value, const ApiRequest& request, const Fault& fault) {
  if (!value.is_object()) return;
  std::uint64_t page = 0;
  if (const auto* token = request.option("$skiptoken"))
    std::from_chars(token->data(), token->data() + token->size(), page);
  const auto plain = request.target.substr(0, request.target.find("$skiptoken"));
  const std::string_view join = plain.ends_with('&') || plain.ends_with('?') ? "" : plain.contains('?') ? "&" : "?";
  const auto next = fault.code == "same" ? page : page + 1;
  value.get_object()["@odata.nextLink"] = fmt::format("https://{}{}{}$skiptoken={}", request.host, plain, join, next);
}

HttpReply deep(std::uint64_t levels) {
  return text_reply(200, std::string(levels, '[') + std::string(levels, ']'), "application/json");
}

HttpReply deformed(const Fault& fault, const ApiRequest& request, Timestamp now, HttpReply reply) {
  switch (fault.kind) {
    case FaultKind::slow_first_byte:
      return late_reply(std::move(reply), fault.delay);
    case FaultKind::drip:
      return dripping_reply(std::move(reply), fault.bytes, fault.delay);
    case FaultKind::cut:
      return cut_reply_after(std::move(reply), fault.bytes);
    case FaultKind::truncated_json: {
      auto half = reply.body->substr(0, reply.body->size() / 2);
      return with_body(std::move(reply), std::move(half));
    }
    case FaultKind::malformed_json:
      return with_body(std::move(reply), "{\"value\": [,]} <html>");
    case FaultKind::empty_body:
      return with_body(std::move(reply), "");
    case FaultKind::wrong_types:
      return reshaped(std::move(reply), [&](auto& v) { mistype_members(v, fault.columns); });
    case FaultKind::missing_columns:
      return reshaped(std::move(reply), [&](auto& v) { erase_members(v, fault.columns); });
    case FaultKind::endless_paging:
      return reshaped(std::move(reply), [&](auto& v) { add_endless_link(v, request, fault); });
    case FaultKind::skewed_clock:
      reply.headers.emplace_back("Date", http_time(now + fault.delay));
      return reply;
    default:
      return reply;
  }
}

}  // namespace

std::string http_time(Timestamp time) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
  return fmt::format("{:%a, %d %b %Y %H:%M:%S GMT}", fmt::gmtime(std::chrono::system_clock::to_time_t(seconds)));
}

ApiReply unauthorized(Api api, const ApiRequest& request, std::string_view message) {
  auto reply = error_reply(api, 401, "InvalidAuthenticationToken", message);
  if (api == Api::dataverse || api == Api::finance_operations) reply.body = nullptr;
  reply.headers.emplace_back(
      "WWW-Authenticate",
      fmt::format("Bearer authorization_uri=https://login.microsoftonline.com/common/oauth2/authorize, "
                  "resource_id=https://{}/, error=\"invalid_token\", error_description=\"{}\"",
                  request.host, message));
  return reply;
}

HttpReply faulted(const Fault& fault, Api api, const ApiRequest& request, Timestamp now,
                  const std::function<HttpReply()>& serve) {
  switch (fault.kind) {
    case FaultKind::throttle:
      return throttled(fault, api, now);
    case FaultKind::unauthorized:
      return to_http(unauthorized(api, request, "The access token has expired."));
    case FaultKind::claims_challenge:
      return claims_challenge(request);
    case FaultKind::forbidden:
      return to_http(error_reply(api, 403, or_else(fault.code, "Forbidden"),
                                 or_else(fault.message, "The caller does not have permission.")));
    case FaultKind::server_error:
      return server_error(fault, api);
    case FaultKind::status:
      return to_http(error_reply(api, static_cast<unsigned>(fault.status), fault.code, fault.message));
    case FaultKind::sign_in_error:
      return sign_in_failed(fault);
    case FaultKind::huge_body:
      return huge_reply(fault.bytes);
    case FaultKind::deep_json:
      return deep(fault.bytes);
    default:
      return deformed(fault, request, now, serve());
  }
}

}  // namespace a2od::tenant
