// When to use a token, renew it, or wait before asking again: decided per scope on given times, without I/O.
#pragma once

#include "collectors/cloud/session.hpp"
#include "config/secret.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>

namespace a2od::cloud {

/// What the token endpoint granted.
struct TokenGrant {
  Secret token;
  std::chrono::seconds expires_in{};
  std::optional<std::chrono::seconds> refresh_in;
};

class TokenCache {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  enum class Action : std::uint8_t {
    use,            ///< the token is good
    use_and_renew,  ///< it is good and shall be renewed in the background
    fetch,          ///< none to use, and no one asks for one yet
    join,           ///< none to use: wait for the request under way
    hold,           ///< none to use, and the endpoint must not be asked yet: fail with `failure`
  };
  struct Decision {
    Action action = Action::fetch;
    Secret token;
    Failure failure;
  };

  /// use_and_renew and fetch oblige the caller to report started().
  [[nodiscard]] Decision decide(const std::string& scope, TimePoint now) const;

  void started(const std::string& scope);
  void granted(const std::string& scope, TokenGrant grant, TimePoint now);
  /// 429, 5xx and network: asked again after `retry_after`, 5 s without one, an hour at most. What an administrator has
  /// to mend (no retry_after and `permanent`) is kept for a minute.
  void failed(const std::string& scope, Failure failure, bool permanent, TimePoint now);
  /// The request under way was cancelled; no one asks again at once.
  void abandoned(const std::string& scope, TimePoint now);

  /// The service refused `token`: it is used no more. `claims`, where not empty, go into the next request.
  void refused(const std::string& scope, const Secret& token, std::string claims);
  /// The claims that the next request for `scope` must carry.
  [[nodiscard]] std::string claims(const std::string& scope) const;

 private:
  struct Entry {
    Secret token;
    TimePoint renew_at{};
    TimePoint useful_until{};
    bool in_flight = false;
    TimePoint not_before{};
    Failure failure;
    std::string claims;
  };
  std::map<std::string, Entry> entries_;
};

}  // namespace a2od::cloud
