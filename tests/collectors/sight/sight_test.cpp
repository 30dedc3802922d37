#include "collectors/sight/sight.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace a2od {
namespace {

using namespace std::chrono_literals;
using cloud::Cause;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::nullopt_t kOk = std::nullopt;
constexpr Timestamp kStart = std::chrono::sys_days(std::chrono::year(2026) / 1 / 1);

/// A probe of the one host of environment `number`.
void probe(Sight& sight, std::string_view tenant, int number, std::optional<Cause> failure, Timestamp now) {
  sight.probed(tenant, fmt::format("e{}", number), {fmt::format("e{}.crm.dynamics.com", number), failure}, now);
}

struct SightCase {
  std::string name;
  std::vector<std::optional<Cause>> hosts;  ///< the last result of each host of the tenant
  bool sees;
};
class SightByHosts : public testing::TestWithParam<SightCase> {};

TEST_P(SightByHosts, DependsOnHowManyFailAlike) {
  Sight sight;
  for (std::size_t i = 0; i < GetParam().hosts.size(); ++i)
    probe(sight, "contoso", static_cast<int>(i), GetParam().hosts[i], kStart);
  EXPECT_EQ(sight.sees("contoso"), GetParam().sees);
}
INSTANTIATE_TEST_SUITE_P(
    Rows, SightByHosts,
    testing::Values(
        SightCase{"NothingProbed", {}, true}, SightCase{"AllWell", {kOk, kOk, kOk}, true},
        SightCase{"AllThreeFail", {Cause::timeout, Cause::timeout, Cause::timeout}, false},
        SightCase{"CausesOfOneKindMix", {Cause::lookup, Cause::connection, Cause::tls, Cause::sign_in}, false},
        SightCase{"TwoOfThreeAreTooFew", {Cause::timeout, Cause::timeout, kOk}, true},
        SightCase{"ThreeOfFive", {Cause::timeout, Cause::timeout, Cause::timeout, kOk, kOk}, false},
        SightCase{"ThreeOfSixIsHalfNotMore", {kOk, kOk, kOk, Cause::timeout, Cause::timeout, Cause::timeout}, true},
        SightCase{"TheOnlyHostFails", {Cause::timeout}, true},
        SightCase{"BothHostsFail", {Cause::timeout, Cause::timeout}, true},
        SightCase{"ServersInTroubleAnswer", {Cause::server, Cause::server, Cause::server, Cause::server}, true},
        SightCase{"DisabledOnesAnswer", {Cause::disabled, Cause::disabled, Cause::disabled}, true},
        SightCase{"DeniedOnesAnswer", {Cause::denied, Cause::not_a_user, Cause::admin_mode}, true},
        SightCase{"ThrottledOnesAnswer", {Cause::throttled, Cause::throttled, Cause::throttled}, true},
        SightCase{"AnsweringOnesOutweigh",
                  {kOk, Cause::denied, Cause::server, Cause::timeout, Cause::timeout, Cause::timeout},
                  true}),
    [](const auto& info) { return info.param.name; });

class SightTest : public testing::Test {
 protected:
  /// Hosts 0 to 3 fail, host 4 answers.
  void go_dark(Timestamp now) {
    for (int i = 0; i < 4; ++i) probe(sight, "contoso", i, Cause::timeout, now);
    probe(sight, "contoso", 4, kOk, now);
  }

  Sight sight;
};

TEST_F(SightTest, NamesTheEnvironmentsThatAreUnknown) {
  go_dark(kStart);
  EXPECT_THAT(sight.unknown_environments("contoso"), ElementsAre("e0", "e1", "e2", "e3"));
  EXPECT_EQ(sight.reason("contoso"), "4 of 5 hosts fail alike, 4 of 5 in all tenants");
}

TEST_F(SightTest, ASeenTenantHasNoUnknownEnvironments) {
  probe(sight, "contoso", 0, Cause::timeout, kStart);
  EXPECT_THAT(sight.unknown_environments("contoso"), IsEmpty());
  EXPECT_EQ(sight.reason("contoso"), "");
}

TEST_F(SightTest, AnEnvironmentWithTwoHostsIsNamedOnce) {
  for (const auto* host : {"a.crm.dynamics.com", "a.operations.dynamics.com"})
    for (const auto* id : {"a", "b"}) sight.probed("contoso", id, {host, Cause::lookup}, kStart);
  EXPECT_THAT(sight.unknown_environments("contoso"), ElementsAre("a", "b"));
}

TEST_F(SightTest, OtherTenantsAreStillSeen) {
  for (int i = 10; i < 14; ++i) probe(sight, "fabrikam", i, kOk, kStart);
  go_dark(kStart);
  EXPECT_FALSE(sight.sees("contoso"));
  EXPECT_TRUE(sight.sees("fabrikam"));
}

TEST_F(SightTest, IsRegainedOnlyOnceHostsHaveStayedWell) {
  go_dark(kStart);
  for (int i = 0; i < 4; ++i) probe(sight, "contoso", i, kOk, kStart + 5min);
  EXPECT_FALSE(sight.sees("contoso"));
  EXPECT_EQ(sight.reason("contoso"), "hosts answer again, waiting for them to stay");
  sight.advance(kStart + 6min);
  EXPECT_FALSE(sight.sees("contoso"));
  sight.advance(kStart + 11min);
  EXPECT_TRUE(sight.sees("contoso"));
}

TEST_F(SightTest, ARelapseStartsTheWaitAnew) {
  go_dark(kStart);
  for (int i = 0; i < 4; ++i) probe(sight, "contoso", i, kOk, kStart + 5min);
  for (int i = 0; i < 4; ++i) probe(sight, "contoso", i, Cause::timeout, kStart + 8min);
  for (int i = 0; i < 4; ++i) probe(sight, "contoso", i, kOk, kStart + 9min);
  sight.advance(kStart + 11min);
  EXPECT_FALSE(sight.sees("contoso"));
}

TEST_F(SightTest, HostsThatStayDownDoNotKeepATenantBlind) {
  go_dark(kStart);
  for (int i = 2; i < 5; ++i) probe(sight, "contoso", i, kOk, kStart + 5min);
  for (int i = 0; i < 2; ++i) probe(sight, "contoso", i, Cause::timeout, kStart + 5min);
  sight.advance(kStart + 11min);
  EXPECT_TRUE(sight.sees("contoso"));
}

TEST_F(SightTest, ProbesOfLongAgoSayNothing) {
  for (int i = 0; i < 2; ++i) probe(sight, "contoso", i, Cause::timeout, kStart);
  probe(sight, "contoso", 2, Cause::timeout, kStart + 13min);
  EXPECT_TRUE(sight.sees("contoso"));
}

TEST_F(SightTest, TheTokenEndpointBlindsEvenATenantOfOneHost) {
  probe(sight, "contoso", 0, kOk, kStart);
  sight.signed_in("contoso", "AADSTS7000222: the secret has expired", kStart);
  EXPECT_FALSE(sight.sees("contoso"));
  EXPECT_EQ(sight.reason("contoso"), "signing in fails: AADSTS7000222: the secret has expired");
  EXPECT_THAT(sight.unknown_environments("contoso"), ElementsAre("e0"));
}

TEST_F(SightTest, SigningInAgainRegainsIt) {
  sight.signed_in("contoso", "it failed", kStart);
  sight.signed_in("contoso", "", kStart + 1min);
  EXPECT_FALSE(sight.sees("contoso"));
  sight.advance(kStart + 6min);
  EXPECT_TRUE(sight.sees("contoso"));
}

TEST_F(SightTest, SmallTenantsGoDarkTogether) {
  for (const auto* tenant : {"a", "b", "c"}) probe(sight, tenant, 1, Cause::lookup, kStart);
  sight.advance(kStart);
  for (const auto* tenant : {"a", "b", "c"}) EXPECT_FALSE(sight.sees(tenant)) << tenant;
}

TEST_F(SightTest, ASmallTenantAmongWellOnesIsUnreachable) {
  for (int i = 10; i < 14; ++i) probe(sight, "fabrikam", i, kOk, kStart);
  probe(sight, "contoso", 1, Cause::lookup, kStart);
  EXPECT_TRUE(sight.sees("contoso"));
}

TEST_F(SightTest, TheExpiredSecretOfOneTenantSaysNothingOfAnother) {
  for (int i = 10; i < 14; ++i) probe(sight, "fabrikam", i, Cause::sign_in, kStart);
  probe(sight, "contoso", 1, Cause::lookup, kStart);
  EXPECT_FALSE(sight.sees("fabrikam"));
  EXPECT_TRUE(sight.sees("contoso"));
}

TEST_F(SightTest, ForgetsEnvironmentsThatLeft) {
  go_dark(kStart);
  for (const auto* id : {"e0", "e1"}) sight.forget("contoso", id);
  sight.advance(kStart + 1min);
  sight.advance(kStart + 6min);
  EXPECT_TRUE(sight.sees("contoso"));
}

TEST_F(SightTest, ForgetsTenantsThatLeft) {
  go_dark(kStart);
  sight.forget("contoso");
  EXPECT_TRUE(sight.sees("contoso"));
  probe(sight, "fabrikam", 9, Cause::timeout, kStart);
  sight.advance(kStart);
  EXPECT_TRUE(sight.sees("fabrikam"));
}

TEST_F(SightTest, TenantsThatNothingIsKnownOfAreSeen) { EXPECT_TRUE(sight.sees("nobody")); }

}  // namespace
}  // namespace a2od
