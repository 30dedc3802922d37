#include "collectors/probe.hpp"

#include "tests/collectors/fake_session.hpp"
#include "tests/collectors/sample_text.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace a2od {
namespace {

using cloud::Cause;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr Metric kReachable{"reachable", MetricType::gauge, "", "A metric."};
constexpr Metric kAuthorized{"authorized", MetricType::gauge, "", "A metric."};
constexpr Metric kResult{"result", MetricType::gauge, "", "A metric."};
constexpr Metric kDuration{"duration", MetricType::gauge, "", "A metric."};
constexpr ProbeMetrics kMetrics{kReachable, kAuthorized, kResult, kDuration};
constexpr PartDescription kPart{"probe", "application user", 1};

Environment environment_in_state(std::string state) {
  Environment environment;
  environment.id = "e1";
  environment.state = std::move(state);
  return environment;
}

std::string value_of(const Part& part, std::string_view metric) {
  for (const auto& sample : part.samples)
    if (sample.metric->name == metric) return fmt::format("{}", sample.value);
  return "absent";
}

struct FailureCase {
  std::string name;
  cloud::Failure failure;
  std::string state;  ///< as the admin API has it
  Outcome outcome;
  std::string reachable;
  std::string authorized;
  std::string result;
};
cloud::Failure without_token(Cause cause) {
  auto failure = failure_of(cause);
  failure.stage = cloud::Stage::token;
  return failure;
}

class FailedProbe : public testing::TestWithParam<FailureCase> {};

TEST_P(FailedProbe, TellsTheCausesApart) {
  const auto& row = GetParam();
  const cloud::Reply<cloud::Answer> reply = std::unexpected(row.failure);
  const auto part = probe_part(kPart, kMetrics, environment_in_state(row.state), reply);
  EXPECT_EQ(part.outcome, row.outcome);
  EXPECT_EQ(value_of(part, "reachable"), row.reachable);
  EXPECT_EQ(value_of(part, "authorized"), row.authorized);
  EXPECT_EQ(current_state(part.samples, "result"), row.result);
  EXPECT_EQ(value_of(part, "duration"), "absent");
}
INSTANTIATE_TEST_SUITE_P(
    Causes, FailedProbe,
    testing::Values(
        FailureCase{"Lookup", failure_of(Cause::lookup), "Enabled", Outcome::unreachable, "0", "absent", "network"},
        FailureCase{"Connection", failure_of(Cause::connection), "Enabled", Outcome::unreachable, "0", "absent",
                    "network"},
        FailureCase{"Tls", failure_of(Cause::tls), "Enabled", Outcome::unreachable, "0", "absent", "network"},
        FailureCase{"Timeout", failure_of(Cause::timeout), "Enabled", Outcome::unreachable, "0", "absent", "network"},
        FailureCase{"NoToken", without_token(Cause::sign_in), "Enabled", Outcome::denied, "absent", "0", "sign_in"},
        FailureCase{"TokenEndpointDown", without_token(Cause::connection), "Enabled", Outcome::unreachable, "absent",
                    "absent", "sign_in"},
        FailureCase{"TokenEndpointBusy", without_token(Cause::throttled), "Disabled", Outcome::throttled, "absent",
                    "absent", "sign_in"},
        FailureCase{"TokenRefused", failure_of(Cause::sign_in, 401), "Enabled", Outcome::denied, "1", "0", "sign_in"},
        FailureCase{"Denied", failure_of(Cause::denied, 403), "Enabled", Outcome::denied, "1", "0", "denied"},
        FailureCase{"NotAUser", failure_of(Cause::not_a_user, 403), "Enabled", Outcome::denied, "1", "0", "denied"},
        FailureCase{"AdminMode", failure_of(Cause::admin_mode, 403), "Enabled", Outcome::denied, "1", "absent",
                    "admin_mode"},
        FailureCase{"DeniedInAdminMode", failure_of(Cause::denied, 403), "AdminMode", Outcome::denied, "1", "absent",
                    "admin_mode"},
        FailureCase{"Disabled", failure_of(Cause::disabled, 403), "Enabled", Outcome::unreachable, "1", "absent",
                    "disabled"},
        FailureCase{"GoneBecauseDisabled", failure_of(Cause::lookup), "Disabled", Outcome::unreachable, "0", "absent",
                    "disabled"},
        FailureCase{"UnwellBecauseDisabled", failure_of(Cause::server, 503), "Disabled", Outcome::unreachable, "1",
                    "absent", "disabled"},
        FailureCase{"TimeoutThoughDisabled", failure_of(Cause::timeout), "Disabled", Outcome::unreachable, "0",
                    "absent", "network"},
        FailureCase{"Throttled", failure_of(Cause::throttled, 429), "Enabled", Outcome::throttled, "1", "absent",
                    "throttled"},
        FailureCase{"OwnBudget", failure_of(Cause::budget), "Enabled", Outcome::throttled, "absent", "absent",
                    "absent"},
        FailureCase{"Server", failure_of(Cause::server, 503), "Enabled", Outcome::unreachable, "0", "absent", "error"},
        FailureCase{"NotFound", failure_of(Cause::absent, 404), "Enabled", Outcome::unreachable, "0", "absent",
                    "error"},
        FailureCase{"Refused", failure_of(Cause::refused, 400), "Enabled", Outcome::broken, "1", "absent", "error"},
        FailureCase{"Malformed", failure_of(Cause::malformed, 200), "Enabled", Outcome::broken, "1", "absent",
                    "error"}),
    [](const auto& info) { return info.param.name; });

TEST(Probe, ASuccessMeasuresEveryPhase) {
  using namespace std::chrono_literals;
  const cloud::Reply<cloud::Answer> reply =
      cloud::Answer{200, {}, {.lookup = 1ms, .connect = 20ms, .tls = 30ms, .first_byte = 400ms, .total = 451ms}};
  const auto part = probe_part(kPart, kMetrics, environment_in_state("Enabled"), reply);
  EXPECT_EQ(part.outcome, Outcome::ok);
  EXPECT_EQ(value_of(part, "reachable"), "1");
  EXPECT_EQ(value_of(part, "authorized"), "1");
  EXPECT_EQ(current_state(part.samples, "result"), "ok");
  EXPECT_THAT(texts_of(part.samples, "duration"), ElementsAre(R"(duration{environment="e1",phase="lookup"} 0.001)",
                                                              R"(duration{environment="e1",phase="connect"} 0.02)",
                                                              R"(duration{environment="e1",phase="tls"} 0.03)",
                                                              R"(duration{environment="e1",phase="first_byte"} 0.4)",
                                                              R"(duration{environment="e1",phase="total"} 0.451)"));
}

TEST(Probe, OnlyAMissingRightIsNamed) {
  const auto environment = environment_in_state("Enabled");
  const cloud::Reply<cloud::Answer> denied = std::unexpected(failure_of(Cause::denied, 403));
  const cloud::Reply<cloud::Answer> signed_out = std::unexpected(failure_of(Cause::sign_in, 401));
  EXPECT_EQ(probe_part(kPart, kMetrics, environment, denied).missing_right, "application user");
  EXPECT_EQ(probe_part(kPart, kMetrics, environment, signed_out).missing_right, "");
}

TEST(Probe, SightHearsOfTheHostAndTheExplainedCause) {
  const cloud::Reply<cloud::Answer> reply = std::unexpected(failure_of(Cause::lookup));
  const auto probe = probe_of("https://org.crm4.dynamics.com", environment_in_state("Disabled"), reply);
  ASSERT_TRUE(probe);
  EXPECT_EQ(probe->host, "org.crm4.dynamics.com");
  EXPECT_EQ(probe->failure, Cause::disabled);
}

TEST(Probe, SightHearsNothingOfARequestThatTheBudgetHeldBack) {
  const cloud::Reply<cloud::Answer> reply = std::unexpected(failure_of(Cause::budget));
  EXPECT_FALSE(probe_of("https://org.crm4.dynamics.com", environment_in_state("Enabled"), reply));
}

}  // namespace
}  // namespace a2od
