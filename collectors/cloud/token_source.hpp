// Tokens of one identity, shared by all who ask: at most one request per scope is under way.
#pragma once

#include "collectors/async/clock.hpp"
#include "collectors/async/task_group.hpp"
#include "collectors/cloud/http_client.hpp"
#include "collectors/cloud/session.hpp"
#include "config/config.hpp"
#include "config/secret.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>

namespace a2od::cloud {

/// How signing in went so far, for the daemon's own metrics.
struct SignInState {
  std::optional<bool> ok;                         ///< of the last attempt; nothing before the first
  std::string last_reason;                        ///< of the last failure: "AADSTS7000222", "network"
  std::string last_message;                       ///< the same as a sentence
  std::map<std::string, std::uint64_t> failures;  ///< by reason
};

/// Requests for tokens are tasks of `tasks`: whoever asked first may be cancelled, the others still get their token.
/// `http` and `clock` must outlive those tasks, not only this object.
class TokenSource {
 public:
  TokenSource(TenantConfig tenant, HttpClient& http, const Clock& clock, TaskGroup& tasks,
              boost::asio::any_io_executor executor);

  /// A token that is good now. Throws only operation_aborted, when cancelled.
  boost::asio::awaitable<Reply<Secret>> get(std::string scope);

  /// The service answered 401 to `token`; `claims` are what it asked for beyond it, if anything.
  void refused(const std::string& scope, const Secret& token, std::string claims);

  [[nodiscard]] const SignInState& state() const;

 private:
  struct Shared;
  std::shared_ptr<Shared> shared_;
};

}  // namespace a2od::cloud
