#include "collectors/cloud/api_error.hpp"

#include "tests/collectors/cloud/samples.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace a2od::cloud {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;

const Timestamp kNow = std::chrono::sys_days(std::chrono::year(2026) / 5 / 6);

Failure failure(Service service, unsigned status, std::string body, Headers headers = {}) {
  HttpResponse response;
  response.status = status;
  response.body = std::move(body);
  response.headers = std::move(headers);
  return failure_of(service, "host.test", response, kNow);
}

struct Shape {
  std::string name;
  std::string body;
  std::string code;
  std::string message;
};

TEST(ServiceError, EveryShapeIsRead) {
  const Shape rows[] = {
      {"BAP", R"({"error":{"code":"EnvironmentNotFound","message":"gone","detailUrlType":"NotSpecified"}})",
       "EnvironmentNotFound", "gone"},
      {"Dataverse", R"({"error":{"code":"0x80072560","message":"no member"}})", "0x80072560", "no member"},
      {"signed code", R"({"error":{"code":-2147015902,"message":"m"}})", "0x80072322", "m"},
      {"signed code as text", R"({"error":{"code":"-2147015902","message":"m"}})", "0x80072322", "m"},
      {"upper case", R"({"error":{"code":"0x8004A104","message":"m"}})", "0x8004a104", "m"},
      {"wrapped", R"({"error":{"code":"XrmApiRequestFailed","message":"m","extendedData":{"code":"0x8004a104"}}})",
       "0x8004a104", "m"},
      {"finance and operations", R"({"error":{"code":"","message":"","innererror":{"message":"inner"}}})", "", "inner"},
      {"bare message", R"({"Message":"An error has occurred."})", "", "An error has occurred."},
      {"RFC 7807", R"({"type":"t","title":"Bad","status":400,"detail":"more"})", "", "more"},
      {"Business Central", R"({"code":"ResourceDoesNotExist","message":"m","target":"t"})", "ResourceDoesNotExist",
       "m"},
      {"validation", R"({"errorDetail":{"code":"Invalid","fieldErrors":{}}})", "Invalid", ""},
      {"OAuth", R"({"error":"invalid_scope","error_description":"d"})", "invalid_scope", "d"},
      {"no JSON", "<html>busy</html>", "", ""},
      {"other types", R"({"error":{"code":{},"message":[1]}})", "", ""},
      {"a list", "[]", "", ""}};
  for (const Shape& row : rows) {
    const auto error = read_service_error(row.body);
    EXPECT_EQ(error.code, row.code) << row.name;
    EXPECT_EQ(error.message, row.message) << row.name;
  }
}

struct Meaning {
  Service service;
  unsigned status;
  std::string body;
  Cause cause;
};

TEST(ServiceError, EachAnswerHasItsCause) {
  const Meaning rows[] = {
      {Service::dataverse, 401, "", Cause::sign_in},
      {Service::dataverse, 403, R"({"error":{"code":"0x80040220","message":"missing prvReadAudit"}})", Cause::denied},
      {Service::dataverse, 403, R"({"error":{"code":"0x80072560","message":""}})", Cause::not_a_user},
      {Service::dataverse, 403, R"({"error":{"code":"","message":"access the org while in Admin Only mode"}})",
       Cause::admin_mode},
      {Service::dataverse, 404, R"({"error":{"code":"X","extendedData":{"code":"0x8004a104"}}})", Cause::disabled},
      {Service::dataverse, 404, R"({"error":{"code":"X","message":"failed\nCode: 0x8004a104"}})", Cause::disabled},
      {Service::dataverse, 400, R"({"error":{"code":"0x80072321","message":""}})", Cause::throttled},
      {Service::dataverse, 429, "", Cause::throttled},
      {Service::dataverse, 503, "", Cause::throttled},
      {Service::dataverse, 503, R"({"error":{"message":"the org is not available now, please retry later"}})",
       Cause::server},
      {Service::admin, 503, "", Cause::server},
      {Service::graph, 500, "", Cause::server},
      {Service::graph, 403, R"({"error":{"code":"Authorization_RequestDenied","message":"m"}})", Cause::denied},
      {Service::admin, 404, "", Cause::absent},
      {Service::admin, 400, "", Cause::refused},
      {Service::admin, 408, "", Cause::timeout},
      {Service::dataverse, 302, "", Cause::malformed}};
  for (const Meaning& row : rows)
    EXPECT_EQ(failure(row.service, row.status, row.body).cause, row.cause) << row.status << row.body;
}

TEST(ServiceError, TheMessageNamesHostStatusCodeAndRemedy) {
  const auto denied =
      failure(Service::dataverse, 403,
              R"({"error":{"code":"0x80072560","message":"The user is not a member of the organization."}})");
  EXPECT_EQ(
      denied.message,
      "host.test: answered 403 (0x80072560): The user is not a member of the organization: create the application "
      "user in this environment");
  const auto unregistered = failure(
      Service::admin, 403, R"({"error":{"message":"The app does not have permission to access the path 'x'."}})");
  EXPECT_THAT(unregistered.message, HasSubstr("management application"));
}

TEST(ServiceError, RetryAfterIsRead) {
  EXPECT_EQ(failure(Service::dataverse, 429, "", {{"retry-after", "17"}}).retry_after, 17s);
  EXPECT_FALSE(failure(Service::dataverse, 429, "", {{"Retry-After", "soon"}}).retry_after);
}

TEST(ServiceError, TokensInForeignTextAreMasked) {
  const std::string token = "eyJ0eXAiOiJKV1QiLCJhbGciOiJSUzI1NiJ9.eyJhIjoxfQ.c2ln";
  const auto echoed = failure(Service::graph, 400,
                              R"({"error":{"message":"bad )" + token + R"( and Bearer abcdefghijklmnopqrstuvwxyz"}})");
  EXPECT_THAT(echoed.message, HasSubstr("<redacted>"));
  EXPECT_THAT(echoed.message, Not(HasSubstr("c2ln")));
  EXPECT_THAT(echoed.message, Not(HasSubstr("klmnop")));
}

TEST(CleanText, IsOneLineOfValidTextAndShort) {
  EXPECT_EQ(clean_text("  a\r\n\tb  "), "a b");
  EXPECT_EQ(clean_text("caf\xC3\xA9 \xFF\xC3"), "caf\xC3\xA9 ??");
  EXPECT_LE(clean_text(std::string(1'000'000, 'x')).size(), 410U);
  std::string accents;
  for (int i = 0; i < 300; ++i) accents += "\xC3\xA9";
  const std::string cut = clean_text("x" + accents);
  EXPECT_TRUE(cut.ends_with("\xC3\xA9…")) << cut;
}

struct Recorded {
  std::string file;
  Service service;
  unsigned status;
  Cause cause;
  std::string code;
};

TEST(ServiceError, RecordedBodiesAreUnderstood) {
  const Recorded rows[] = {
      {"dataverse/error_not_member_403.json", Service::dataverse, 403, Cause::not_a_user, "0x80072560"},
      {"dataverse/error_throttle_requests_429.json", Service::dataverse, 429, Cause::throttled, "0x80072322"},
      {"dataverse/error_disabled_environment_via_flow_api_404.json", Service::dataverse, 404, Cause::disabled,
       "0x8004a104"},
      {"dataverse/error_plugin_with_annotations_400.json", Service::dataverse, 400, Cause::refused, "0x80040265"},
      {"tenant/bap-error-404-environmentnotfound.json", Service::admin, 404, Cause::absent, "EnvironmentNotFound"},
      {"tenant/bc-error-app-not-installed.json", Service::admin, 404, Cause::absent, "ResourceDoesNotExist"}};
  for (const Recorded& row : rows) {
    const auto body = test::sample(row.file);
    if (!body) GTEST_SKIP() << "no recorded bodies beside this working copy";
    const auto read = failure(row.service, row.status, *body);
    EXPECT_EQ(read.cause, row.cause) << row.file;
    EXPECT_EQ(read.code, row.code) << row.file;
    EXPECT_THAT(read.message, Not(HasSubstr("\n"))) << row.file;
  }
}

}  // namespace
}  // namespace a2od::cloud
