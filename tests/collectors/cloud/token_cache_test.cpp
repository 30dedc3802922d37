#include "collectors/cloud/token_cache.hpp"

#include <gtest/gtest.h>

namespace a2od::cloud {
namespace {

using namespace std::chrono_literals;
using Action = TokenCache::Action;

const std::string kScope = "https://contoso.test/.default";

TokenGrant grant(std::chrono::seconds life, std::optional<std::chrono::seconds> refresh_in = {}) {
  return {Secret("token"), life, refresh_in};
}

Failure refusal(std::optional<Milliseconds> retry_after = {}) {
  Failure failure;
  failure.cause = Cause::sign_in;
  failure.message = "refused";
  failure.retry_after = retry_after;
  return failure;
}

class Tokens : public testing::Test {
 protected:
  Action decide() { return cache_.decide(kScope, now_).action; }

  TokenCache cache_;
  TokenCache::TimePoint now_{1h};
};

TEST_F(Tokens, AnHoursTokenIsRenewedFiveMinutesEarlyAndUsedMeanwhile) {
  EXPECT_EQ(decide(), Action::fetch);
  cache_.started(kScope);
  cache_.granted(kScope, grant(3599s), now_);
  now_ += 3298s;
  EXPECT_EQ(decide(), Action::use);
  now_ += 1s;
  EXPECT_EQ(decide(), Action::use_and_renew);
  cache_.started(kScope);
  EXPECT_EQ(decide(), Action::use);
  EXPECT_EQ(cache_.decide(kScope, now_).token.reveal(), "token");
  now_ += 300s;
  EXPECT_EQ(decide(), Action::join);
}

TEST_F(Tokens, RefreshInComesBeforeTheFiveMinutes) {
  cache_.granted(kScope, grant(24h, 12h), now_);
  now_ += 12h - 1s;
  EXPECT_EQ(decide(), Action::use);
  now_ += 1s;
  EXPECT_EQ(decide(), Action::use_and_renew);
}

TEST_F(Tokens, AShortTokenIsRenewedAtHalfItsLife) {
  cache_.granted(kScope, grant(60s), now_);
  now_ += 29s;
  EXPECT_EQ(decide(), Action::use);
  now_ += 1s;
  EXPECT_EQ(decide(), Action::use_and_renew);
}

TEST_F(Tokens, OthersJoinTheRequestUnderWay) {
  cache_.started(kScope);
  EXPECT_EQ(decide(), Action::join);
}

TEST_F(Tokens, ScopesAreApart) {
  cache_.granted(kScope, grant(1h), now_);
  EXPECT_EQ(cache_.decide("other", now_).action, Action::fetch);
}

struct Pause {
  std::optional<Milliseconds> retry_after;
  bool permanent;
  Milliseconds expected;
};

TEST_F(Tokens, AFailureIsKeptForItsPause) {
  const Pause rows[] = {{{}, false, 5s}, {{}, true, 60s}, {30s, false, 30s}, {24h, false, 1h}, {0s, false, 1s}};
  for (const Pause& row : rows) {
    cache_.started(kScope);
    cache_.failed(kScope, refusal(row.retry_after), row.permanent, now_);
    const auto decision = cache_.decide(kScope, now_ + row.expected - 1ms);
    EXPECT_EQ(decision.action, Action::hold);
    EXPECT_EQ(decision.failure.message, "refused");
    EXPECT_EQ(cache_.decide(kScope, now_ + row.expected).action, Action::fetch);
  }
}

TEST_F(Tokens, AFailedRenewalLeavesTheTokenInUse) {
  cache_.granted(kScope, grant(1h), now_);
  now_ += 56min;
  cache_.started(kScope);
  cache_.failed(kScope, refusal(), false, now_);
  EXPECT_EQ(decide(), Action::use);
  now_ += 5s;
  EXPECT_EQ(decide(), Action::use_and_renew);
}

TEST_F(Tokens, ARefusedTokenIsFetchedAnewWithTheClaims) {
  cache_.granted(kScope, grant(1h), now_);
  cache_.refused(kScope, Secret("token"), R"({"a":1})");
  EXPECT_EQ(decide(), Action::fetch);
  EXPECT_EQ(cache_.claims(kScope), R"({"a":1})");
  cache_.granted(kScope, grant(1h), now_);
  EXPECT_EQ(cache_.claims(kScope), "");
}

TEST_F(Tokens, ANewerTokenIsNotDroppedForAnOlderOnesRefusal) {
  cache_.granted(kScope, grant(1h), now_);
  cache_.refused(kScope, Secret("older"), "");
  EXPECT_EQ(decide(), Action::use);
}

TEST_F(Tokens, ACancelledRequestIsNotRepeatedAtOnce) {
  cache_.started(kScope);
  cache_.abandoned(kScope, now_);
  EXPECT_EQ(decide(), Action::hold);
  now_ += 1s;
  EXPECT_EQ(decide(), Action::fetch);
}

}  // namespace
}  // namespace a2od::cloud
