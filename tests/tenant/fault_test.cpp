// Faults as a client meets them, and the control endpoint that makes them.
#include "tests/tenant/fault.hpp"

#include "tests/tenant/tenant_in_memory.hpp"

#include <gmock/gmock.h>

namespace a2od::tenant {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

constexpr std::string_view kContoso = "environments: [{ name: Main, domain: main }]\n";
const std::string kHost = "main.crm4.dynamics.com";
const std::string kProbe = "/api/data/v9.2/organizations?$select=name,organizationstate";

struct Tenant : TenantInMemory {
  Tenant() : TenantInMemory(kContoso), token(signed_in(kHost)) {}

  Answered control(const std::string& method, const std::string& target, std::string body = {}) {
    return send(method, "127.0.0.1:8443", "/control/" + target, {}, std::move(body));
  }
  Answered probe_with(const std::string& fault) {
    const auto added = control("POST", "faults", fault);
    EXPECT_EQ(added.status, 200U) << *added.reply.body;
    return send("GET", kHost, kProbe, token);
  }

  Headers token;
};

struct Row {
  std::string fault;
  unsigned status;
  std::string code;
};

TEST(FaultReplies, CarryStatusAndCodeOfTheService) {
  const Row rows[] = {
      {"{kind: throttle}", 429, "0x80072322"},
      {"{kind: throttle, code: time}", 429, "0x80072321"},
      {"{kind: throttle, code: concurrency}", 429, "0x80072326"},
      {"{kind: forbidden, code: '0x80040220'}", 403, "0x80040220"},
      {"{kind: server_error, status: 502}", 502, "InternalServerError"},
      {"{kind: server_error, code: html}", 503, ""},
      {"{kind: status, status: 418, code: Teapot}", 418, "Teapot"},
      {"{kind: unauthorized}", 401, ""},
      {"{kind: claims_challenge}", 401, "InvalidAuthenticationToken"},
      {"{kind: empty_body}", 200, ""},
      {"{kind: malformed_json}", 200, ""},
      {"{kind: truncated_json}", 200, ""},
  };
  for (const auto& row : rows) {
    Tenant tenant;
    const auto answered = tenant.probe_with(row.fault);
    EXPECT_EQ(answered.status, row.status) << row.fault;
    EXPECT_EQ(answered.error_code(), row.code) << row.fault;
  }
}

TEST(FaultReplies, SayWhenToComeBackOrDoNot) {
  EXPECT_EQ(Tenant().probe_with("{kind: throttle}").header("Retry-After"), "");
  EXPECT_EQ(Tenant().probe_with("{kind: throttle, retry_after: '120'}").header("Retry-After"), "120");
  EXPECT_EQ(Tenant().probe_with("{kind: throttle, retry_after: '+2m'}").header("Retry-After"),
            "Sun, 01 Mar 2026 00:02:00 GMT");
}

TEST(FaultReplies, SkewTheClock) {
  EXPECT_EQ(Tenant().probe_with("{kind: skewed_clock, delay: -10m}").header("Date"), "Sat, 28 Feb 2026 23:50:00 GMT");
}

TEST(FaultReplies, DeformTheTrueReply) {
  const auto mistyped = Tenant().probe_with("{kind: wrong_types, columns: [organizationstate]}").body;
  EXPECT_EQ(mistyped.at("value").at(0).at("organizationstate"), "3");
  const auto listless = Tenant().probe_with("{kind: wrong_types, columns: [value]}").body;
  EXPECT_TRUE(listless.at("value").is_string());
  const auto all = Tenant().probe_with("{kind: wrong_types}").body;
  EXPECT_EQ(all.at("value").at(0).at("name"), 7);
  const auto missing = Tenant().probe_with("{kind: missing_columns, columns: [name]}").body;
  EXPECT_FALSE(missing.at("value").at(0).as_object().contains("name"));
}

TEST(FaultReplies, LinkPagesForEver) {
  Tenant tenant;
  const auto first = tenant.probe_with("{kind: endless_paging}").body.at("@odata.nextLink").as_string();
  EXPECT_EQ(std::string_view(first), "https://" + kHost + kProbe + "&$skiptoken=1");
  const auto target = std::string(first).substr(8 + kHost.size());
  const auto second = tenant.send("GET", kHost, target, tenant.token).body.at("@odata.nextLink").as_string();
  EXPECT_EQ(std::string_view(second), "https://" + kHost + kProbe + "&$skiptoken=2");
}

TEST(FaultReplies, NestAsDeepAsTold) {
  const auto answered = Tenant().probe_with("{kind: deep_json, bytes: 1000}");
  EXPECT_EQ(*answered.reply.body, std::string(1000, '[') + std::string(1000, ']'));
}

TEST(FaultReplies, TakeTheConnectionOverToMisbehaveOnIt) {
  for (const auto* kind : {"slow_first_byte", "drip", "cut", "huge_body"})
    EXPECT_TRUE(Tenant().probe_with(std::string("{bytes: 10, kind: ") + kind + "}").reply.raw) << kind;
}

TEST(FaultReplies, MakeTheTokenEndpointRefuse) {
  Tenant tenant;
  tenant.control("POST", "faults", R"({"route": "login.*", "kind": "sign_in_error", "code": "7000222"})");
  const auto answered = tenant.ask_token(token_form("https://graph.microsoft.com/.default"));
  EXPECT_EQ(answered.status, 401U);
  EXPECT_EQ(answered.body.at("error_codes").at(0), 7000222);
}

TEST(Control, SaysWhatIsWrongWithABodyAndChangesNothing) {
  Tenant tenant;
  const auto answered = tenant.control("POST", "faults", R"([{"kind": "cut"}, {"kind": "cutt", "counter": 1}])");
  EXPECT_EQ(answered.status, 400U);
  EXPECT_THAT(*answered.reply.body, AllOf(StartsWith("request body:1:"), HasSubstr("did you mean 'cut'?"),
                                          HasSubstr("fault has no key 'counter'; did you mean 'count'?")));
  EXPECT_EQ(tenant.send("GET", kHost, kProbe, tenant.token).status, 200U);
}

TEST(Control, RemovesFaultsByName) {
  Tenant tenant;
  EXPECT_EQ(tenant.probe_with("{name: storm, kind: throttle}").status, 429U);
  EXPECT_EQ(tenant.control("DELETE", "faults/storm").status, 200U);
  EXPECT_EQ(tenant.control("DELETE", "faults/storm").status, 404U);
  EXPECT_EQ(tenant.send("GET", kHost, kProbe, tenant.token).status, 200U);
}

TEST(Control, ChangesOnlyTheKeysGivenOfAnEnvironment) {
  Tenant tenant;
  const auto id = tenant.tenant.world().by_name("Main")->id;
  EXPECT_EQ(tenant.control("POST", "environments", R"({"name": "Main", "state": "disabled"})").status, 200U);
  EXPECT_EQ(tenant.send("GET", kHost, kProbe, tenant.token).error_code(), "0x8004a104");
  EXPECT_EQ(tenant.tenant.world().by_name("Main")->id, id);
  EXPECT_EQ(tenant.control("DELETE", "environments/Main").status, 200U);
  EXPECT_EQ(tenant.send("GET", kHost, kProbe, tenant.token).status, 404U);
}

TEST(Control, LetsTimePass) {
  Tenant tenant;
  EXPECT_EQ(tenant.control("POST", "clock", R"({"advance": "2h"})").status, 200U);
  EXPECT_EQ(tenant.send("GET", kHost, kProbe, tenant.token).status, 401U) << "the token has expired";
}

TEST(Control, CountsRequestsByRouteWithoutIds) {
  Tenant tenant;
  tenant.control("DELETE", "requests");
  tenant.send("GET", kHost, kProbe, tenant.token);
  tenant.send("GET", "api.bap.microsoft.com", "/x/" + Scenario().client_id + "?api-version=1");
  tenant.send("GET", "api.bap.microsoft.com", "/x/" + Scenario().tenant_id);
  const auto counted = tenant.control("GET", "requests").body;
  EXPECT_EQ(counted.at("total"), 3);
  EXPECT_EQ(counted.at("routes").at("GET api.bap.microsoft.com/x/{id}"), 2);
  EXPECT_EQ(tenant.control("GET", "requests?route=GET+*dynamics.com/*").body.at("total"), 1);
}

}  // namespace
}  // namespace a2od::tenant
