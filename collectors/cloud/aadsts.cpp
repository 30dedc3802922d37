#include "collectors/cloud/aadsts.hpp"

#include "collectors/cloud/api_error.hpp"
#include "collectors/cloud/json.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <optional>

namespace a2od::cloud {

namespace {

struct Explanation {
  unsigned code;
  std::string_view sentence;  ///< {app}, {tenant} and {scope} are filled in
};

constexpr std::array kExplanations{
    Explanation{7000215, "the client secret of application {app} is wrong: give a2od the secret's value, not its id"},
    Explanation{
        7000222,
        "the client secret of application {app} has expired: create a new one in the app registration and give it "
        "to a2od"},
    Explanation{
        700016,
        "application {app} is not known in tenant {tenant}: check client_id and tenant_id, and that the tenant's "
        "administrator has consented to it"},
    Explanation{
        700027,
        "the certificate that a2od signs with is not registered with application {app}, or its key is another's: "
        "upload it to the app registration"},
    Explanation{700021, "the signed assertion names another application than {app}: check client_id"},
    Explanation{700023,
                "the signed assertion is for another token endpoint than tenant {tenant}'s: check tenant_id and "
                "hosts.login"},
    Explanation{50027,
                "the signed assertion is refused as malformed: check certificate and key, and this machine's clock"},
    Explanation{70011, "the scope {scope} is not valid: check cloud and hosts of the tenant"},
    Explanation{
        500011,
        "tenant {tenant} does not have the service behind {scope}: check cloud and hosts, and that the tenant uses "
        "this service"},
    Explanation{900023, "\"{tenant}\" is not the id of a tenant: check tenant_id"},
};

std::optional<unsigned> to_number(std::string_view digits) {
  unsigned number = 0;
  const auto [stop, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error != std::errc() || stop == digits.data()) return std::nullopt;
  return number;
}

/// `error_codes`, else the number that the text begins with.
std::optional<unsigned> code_of(const boost::json::value& body, std::string_view text) {
  const auto* codes = get_array(body, "error_codes");
  if (codes != nullptr && !codes->empty()) {
    const auto number = as_number(&codes->front());
    if (number && *number > 0 && *number < 1e9 && std::floor(*number) == *number) return static_cast<unsigned>(*number);
  }
  constexpr std::string_view kPrefix = "AADSTS";
  if (!text.starts_with(kPrefix)) return std::nullopt;
  return to_number(text.substr(kPrefix.size()));
}

/// The text up to its trace and correlation ids, without the code in front.
std::string first_sentence(std::string_view text) {
  text = text.substr(0, text.find_first_of("\r\n"));
  text = text.substr(0, text.find(" Trace ID:"));
  const auto colon = text.find(": ");
  if (text.starts_with("AADSTS") && colon != std::string_view::npos) text.remove_prefix(colon + 2);
  return clean_text(text);
}

}  // namespace

std::string explain_aadsts(unsigned code, const SignInSubject& subject) {
  const auto known = std::ranges::find(kExplanations, code, &Explanation::code);
  if (known == kExplanations.end()) return {};
  return fmt::format(fmt::runtime(known->sentence), fmt::arg("app", subject.client_id),
                     fmt::arg("tenant", subject.tenant_id), fmt::arg("scope", subject.scope));
}

SignInError read_sign_in_error(std::string_view body, const SignInSubject& subject) {
  const auto parsed = parse_json(body);
  if (!parsed) return {};
  const std::string_view text = get_string(*parsed, "error_description").value_or("");
  const auto number = code_of(*parsed, text);
  SignInError error;
  error.code = number ? fmt::format("AADSTS{}", *number) : clean_text(get_string(*parsed, "error").value_or(""));
  if (number) error.message = explain_aadsts(*number, subject);
  if (error.message.empty()) error.message = first_sentence(text);
  return error;
}

}  // namespace a2od::cloud
