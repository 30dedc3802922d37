#include "collectors/cloud/api_error.hpp"

#include "collectors/cloud/json.hpp"
#include "collectors/cloud/retry_after.hpp"
#include "config/text.hpp"
#include "config/utf8.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace a2od::cloud {

namespace json = boost::json;

namespace {

constexpr std::size_t kMaxBody = 1U << 20U;
constexpr std::size_t kMaxText = 400;
constexpr std::size_t kMaxCode = 80;
constexpr std::string_view kEllipsis = "…";

constexpr std::string_view kNotAUser = "0x80072560";
constexpr std::string_view kDisabled = "0x8004a104";
constexpr std::array<std::string_view, 3> kServiceProtection{"0x80072321", "0x80072322", "0x80072326"};

bool is_token_character(char c) {
  return (lower_case(c) >= 'a' && lower_case(c) <= 'z') || (c >= '0' && c <= '9') ||
         std::string_view("-_.=+/~").contains(c);
}

/// JSON Web Tokens begin with the base64 of "{\""; what follows "Bearer " is one, too, or something as secret.
std::string mask_tokens(std::string text) {
  for (const std::string_view start : {std::string_view("eyJ"), std::string_view("Bearer ")}) {
    for (auto at = text.find(start); at != std::string::npos; at = text.find(start, at + 1)) {
      const auto from = start.ends_with(' ') ? at + start.size() : at;
      const auto stop =
          std::find_if_not(text.begin() + static_cast<std::ptrdiff_t>(from), text.end(), is_token_character);
      const auto length = static_cast<std::size_t>(stop - text.begin()) - from;
      if (length > 16) text.replace(from, length, "<redacted>");
    }
  }
  return text;
}

std::string one_line(std::string_view text) {
  std::string line;
  while (!text.empty()) {
    const std::size_t length = utf8_length(text);
    const bool blank = length == 1 && (static_cast<unsigned char>(text[0]) <= ' ' || text[0] == '\x7F');
    if (length == 0)
      line += '?';
    else if (!blank)
      line += text.substr(0, length);
    else if (!line.empty() && line.back() != ' ')
      line += ' ';
    text.remove_prefix(std::max<std::size_t>(length, 1));
  }
  while (line.ends_with(' ')) line.pop_back();
  return line;
}

std::string cut(std::string text, std::size_t max) {
  if (text.size() <= max) return text;
  std::size_t end = max;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80) --end;
  text.resize(end);
  text += kEllipsis;
  return text;
}

/// Dataverse writes its codes as "0x80072322", and in places as the same 32 bits with a sign.
std::string code_text(const json::value* value) {
  const auto text = as_string(value);
  const auto number = as_number(value);
  if (number && *number < 0 && *number >= -2147483648.0 && std::floor(*number) == *number)
    return fmt::format("0x{:08x}", static_cast<std::uint32_t>(static_cast<std::int64_t>(*number)));
  if (text)
    return text->starts_with("0x") || text->starts_with("0X") ? lower_case(cut(one_line(*text), kMaxCode))
                                                              : cut(one_line(*text), kMaxCode);
  return number ? fmt::format("{}", *number) : std::string();
}

std::string first_text(const json::value& from, std::initializer_list<std::string_view> keys) {
  for (const std::string_view key : keys)
    if (const auto text = get_string(from, key); text && !text->empty()) return std::string(*text);
  return {};
}

ServiceError read_object(const json::value& error) {
  ServiceError result{code_text(find(error, {"code"})), first_text(error, {"message", "Message"})};
  for (const std::string_view inner : {"extendedData", "innererror", "innerError"}) {
    const json::value* nested = find(error, {inner});
    if (nested == nullptr) continue;
    if (result.message.empty()) result.message = first_text(*nested, {"message", "Message"});
    // Wrapped errors keep the code that matters inside: 0x8004a104 in XrmApiRequestFailed.
    const std::string code = code_text(find(*nested, {"code"}));
    if (code.starts_with("0x") || result.code.empty()) result.code = code;
  }
  return result;
}

/// "the user is not …": whose turn it is, in words.
std::string_view advice(Service service, Cause cause, std::string_view message) {
  switch (cause) {
    case Cause::not_a_user:
      return "create the application user in this environment";
    case Cause::admin_mode:
      return "the environment is in administration mode";
    case Cause::disabled:
      return "the environment is disabled";
    case Cause::denied:
      break;
    default:
      return {};
  }
  const bool unregistered =
      service == Service::admin && message.contains("does not have permission to access the path");
  return unregistered ? "register the application as a management application of Power Platform" : std::string_view();
}

std::string describe(const std::string& host, unsigned status, const ServiceError& error, std::string_view advice) {
  std::string text = fmt::format("{}: answered {}", host, status);
  if (!error.code.empty()) text += fmt::format(" ({})", error.code);
  std::string message = clean_text(error.message);
  while (message.ends_with('.')) message.pop_back();
  if (!message.empty()) text += ": " + message;
  if (!advice.empty()) text += fmt::format(": {}", advice);
  return text;
}

bool is_admin_mode(std::string_view message) {
  const std::string text = lower_case(message);
  return text.contains("admin only mode") || text.contains("admin mode") || text.contains("administration mode");
}

/// Dataverse answers 503 where it throttles, and where the organization is not there at all.
bool throttles_by_503(Service service, std::string_view message) {
  return service == Service::dataverse && !lower_case(message).contains("org is not available");
}

}  // namespace

std::string clean_text(std::string_view text) {
  constexpr std::size_t kMostToLookAt = 16U << 10U;
  return cut(mask_tokens(one_line(text.substr(0, kMostToLookAt))), kMaxText);
}

ServiceError read_service_error(std::string_view body) {
  if (body.size() > kMaxBody) return {};
  const auto parsed = parse_json(body);
  if (!parsed || !parsed->is_object()) return {};
  if (const auto* error = find(*parsed, {"error"})) {
    if (error->is_object()) return read_object(*error);
    if (error->is_string()) return {code_text(error), first_text(*parsed, {"error_description"})};
  }
  if (const auto* detail = find(*parsed, {"errorDetail"}); detail != nullptr && detail->is_object())
    return read_object(*detail);
  ServiceError bare = read_object(*parsed);
  if (bare.message.empty()) bare.message = first_text(*parsed, {"detail", "title"});  // RFC 7807
  return bare;
}

Cause cause_of(Service service, unsigned status, const ServiceError& error) {
  const std::string message = lower_case(error.message);
  const auto says = [&](std::string_view code) { return error.code == code || message.contains(code); };
  if (says(kNotAUser)) return Cause::not_a_user;
  if (says(kDisabled)) return Cause::disabled;
  if (std::ranges::any_of(kServiceProtection, says)) return Cause::throttled;
  switch (status) {
    case 401:
      return Cause::sign_in;
    case 403:
      return is_admin_mode(error.message) ? Cause::admin_mode : Cause::denied;
    case 404:
    case 410:
      return Cause::absent;
    case 408:
      return Cause::timeout;
    case 429:
      return Cause::throttled;
    case 503:
      return throttles_by_503(service, error.message) ? Cause::throttled : Cause::server;
    default:
      break;
  }
  if (status >= 500) return Cause::server;
  return status >= 400 ? Cause::refused : Cause::malformed;
}

Failure failure_of(Service service, const std::string& host, const HttpResponse& response, Timestamp now) {
  const ServiceError error = read_service_error(response.body);
  Failure failure;
  failure.cause = cause_of(service, response.status, error);
  failure.status = response.status;
  failure.code = error.code;
  failure.message = describe(host, response.status, error, advice(service, failure.cause, error.message));
  if (response.status >= 300 && response.status < 400) failure.message += ", a redirect, which is not followed";
  failure.retry_after = parse_retry_after(find_header(response.headers, "Retry-After"), now);
  return failure;
}

}  // namespace a2od::cloud
