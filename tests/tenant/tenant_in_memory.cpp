#include "tests/tenant/tenant_in_memory.hpp"

#include <boost/json/parse.hpp>

#include <stdexcept>

namespace a2od::tenant {
namespace {

constexpr Timestamp kStart(std::chrono::sys_days(std::chrono::year(2026) / 3 / 1).time_since_epoch());

Scenario scenario_of(std::string_view text) {
  auto scenario = parse_scenario("test.yaml", text);
  if (scenario) return *std::move(scenario);
  std::string problems;
  for (const auto& problem : scenario.error()) problems += to_string(problem) + "\n";
  throw std::runtime_error(problems);
}

}  // namespace

std::string token_path() { return "/" + Scenario().tenant_id + "/oauth2/v2.0/token"; }

std::string token_form(std::string_view scope, std::string_view secret) {
  std::string form = "grant_type=client_credentials&client_id=" + Scenario().client_id;
  form += "&scope=" + std::string(scope) + "&client_secret=" + std::string(secret);
  return form;
}

std::string Answered::header(std::string_view name) const {
  for (const auto& [key, value] : reply.headers)
    if (key == name) return value;
  return "";
}

std::string Answered::error_code() const {
  const auto* object = body.if_object();
  const auto* error = object == nullptr ? nullptr : object->if_contains("error");
  if (error == nullptr || !error->is_object()) return "";
  return std::string(error->at("code").as_string());
}

TenantInMemory::TenantInMemory(std::string_view scenario, std::string certificate_pem)
    : tenant(scenario_of(scenario), {std::string(kSecret), std::move(certificate_pem)}, kStart), now(kStart) {}

Answered TenantInMemory::send(const std::string& method, const std::string& host, const std::string& target,
                              Headers headers, std::string body) {
  HttpRequest request;
  request.method = method;
  request.target = target;
  request.headers = std::move(headers);
  request.headers.emplace_back("Host", host);
  request.body = std::move(body);
  Answered answered;
  answered.reply = tenant.answer(request, now);
  answered.status = answered.reply.status;
  boost::system::error_code ignored;
  answered.body = boost::json::parse(*answered.reply.body, ignored);
  return answered;
}

Answered TenantInMemory::ask_token(const std::string& form) {
  return send("POST", "login.microsoftonline.com", token_path(), {}, form);
}

Headers TenantInMemory::signed_in(const std::string& host) {
  const auto token = ask_token(token_form("https://" + host + "/.default"));
  if (token.status != 200) throw std::runtime_error(*token.reply.body);
  return {{"Authorization", "Bearer " + std::string(token.body.at("access_token").as_string())}};
}

Answered TenantInMemory::get(const std::string& host, const std::string& target) {
  return send("GET", host, target, signed_in(host));
}

}  // namespace a2od::tenant
