#include "collectors/cloud/token_cache.hpp"

#include <algorithm>

namespace a2od::cloud {

namespace {

using namespace std::chrono_literals;

/// A token is renewed at least this long before it expires, or at half its life if that is shorter.
constexpr std::chrono::seconds kEarly = 5min;
/// A request that takes a token now must still arrive with it.
constexpr std::chrono::seconds kOnTheWay = 30s;
constexpr Milliseconds kMinPause = 1s;
constexpr Milliseconds kDefaultPause = 5s;
constexpr Milliseconds kPermanentPause = 60s;
constexpr Milliseconds kMaxPause = 1h;
constexpr std::chrono::seconds kMaxLife = 48h;

}  // namespace

TokenCache::Decision TokenCache::decide(const std::string& scope, TimePoint now) const {
  const auto found = entries_.find(scope);
  if (found == entries_.end()) return {};
  const Entry& entry = found->second;
  const bool may_ask = !entry.in_flight && now >= entry.not_before;
  if (!entry.token.empty() && now < entry.useful_until)
    return {now >= entry.renew_at && may_ask ? Action::use_and_renew : Action::use, entry.token, {}};
  if (entry.in_flight) return {Action::join, {}, {}};
  if (may_ask) return {};
  Failure failure = entry.failure;
  failure.retry_after = std::chrono::ceil<std::chrono::seconds>(entry.not_before - now);
  return {Action::hold, {}, std::move(failure)};
}

void TokenCache::started(const std::string& scope) { entries_[scope].in_flight = true; }

void TokenCache::granted(const std::string& scope, TokenGrant grant, TimePoint now) {
  const auto life = std::clamp(grant.expires_in, std::chrono::seconds(0), kMaxLife);
  Entry entry;
  entry.token = std::move(grant.token);
  entry.useful_until = now + life - std::min(kOnTheWay, life / 10);
  entry.renew_at = now + life - std::min(kEarly, life / 2);
  if (grant.refresh_in)
    entry.renew_at = std::min(entry.renew_at, now + std::max(*grant.refresh_in, std::chrono::seconds(0)));
  entries_[scope] = std::move(entry);
}

void TokenCache::failed(const std::string& scope, Failure failure, bool permanent, TimePoint now) {
  Entry& entry = entries_[scope];
  const Milliseconds pause = failure.retry_after.value_or(permanent ? kPermanentPause : kDefaultPause);
  entry.not_before = now + std::clamp(pause, kMinPause, kMaxPause);
  entry.failure = std::move(failure);
  entry.in_flight = false;
}

void TokenCache::abandoned(const std::string& scope, TimePoint now) {
  Failure cancelled;
  cancelled.cause = Cause::sign_in;
  cancelled.stage = Stage::token;
  cancelled.message = "the request for a token was cancelled";
  cancelled.retry_after = kMinPause;
  failed(scope, std::move(cancelled), false, now);
}

void TokenCache::refused(const std::string& scope, const Secret& token, std::string claims) {
  const auto found = entries_.find(scope);
  // Another request may have brought a newer token meanwhile: that one stays.
  if (found == entries_.end() || found->second.token != token) return;
  found->second.token = Secret();
  found->second.claims = std::move(claims);
}

std::string TokenCache::claims(const std::string& scope) const {
  const auto found = entries_.find(scope);
  return found == entries_.end() ? std::string() : found->second.claims;
}

}  // namespace a2od::cloud
