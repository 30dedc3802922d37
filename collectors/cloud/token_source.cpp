#include "collectors/cloud/token_source.hpp"

#include "collectors/async/event.hpp"
#include "collectors/cloud/managed_identity.hpp"
#include "collectors/cloud/proxy.hpp"
#include "collectors/cloud/token_request.hpp"

#include <fmt/format.h>

#include <exception>

namespace a2od::cloud {

namespace asio = boost::asio;

/// Outlives the source while a request is under way.
struct TokenSource::Shared {
  Shared(TenantConfig of, HttpClient& by, const Clock& on, TaskGroup& in, const asio::any_io_executor& executor)
      : tenant(std::move(of)), http(by), clock(on), tasks(in), changed(executor) {}

  asio::awaitable<std::expected<TokenGrant, TokenFailure>> request(const std::string& scope) {
    if (tenant.managed_identity) co_return co_await request_of_machine(scope);
    auto request = token_request(tenant, scope, cache.claims(scope), clock.wall());
    if (!request) co_return std::unexpected(std::move(request.error()));
    auto response = co_await http.send(std::move(*request));
    if (!response) co_return std::unexpected(unreached(tenant, response.error()));
    co_return read_token_response(tenant, scope, *response, clock.wall());
  }

  /// Azure Arc answers the first request with the name of a file that only its group may read.
  asio::awaitable<std::expected<TokenGrant, TokenFailure>> request_of_machine(const std::string& scope) {
    const auto endpoint = identity_endpoint(environment_variable);
    std::string proof;
    for (bool again = false;; again = true) {
      auto request = managed_identity_request(tenant, endpoint, scope, proof);
      if (!request) co_return std::unexpected(std::move(request.error()));
      auto response = co_await http.send(std::move(*request));
      if (!response) co_return std::unexpected(unreached(tenant, response.error()));
      const bool challenged = endpoint.kind == IdentityEndpoint::Kind::arc && response->status == 401 && !again;
      if (!challenged) co_return read_managed_identity_response(tenant, *response, clock.wall());
      const auto file = arc_key_file(find_header(response->headers, "WWW-Authenticate"));
      auto key = file ? read_arc_key(*file) : file;
      if (!key) co_return std::unexpected(unusable_identity(tenant, key.error().message));
      proof = std::move(*key);
    }
  }

  void note(const std::string& scope, std::expected<TokenGrant, TokenFailure> outcome) {
    state.ok = outcome.has_value();
    if (outcome) {
      cache.granted(scope, std::move(*outcome), clock.now());
    } else {
      TokenFailure& failed = outcome.error();
      ++state.failures[failed.reason];
      state.last_reason = failed.reason;
      state.last_message = failed.failure.message;
      cache.failed(scope, std::move(failed.failure), failed.permanent, clock.now());
    }
    changed.notify_all();
  }

  void give_up(const std::string& scope) {
    cache.abandoned(scope, clock.now());
    changed.notify_all();
  }

  TenantConfig tenant;
  HttpClient& http;
  const Clock& clock;
  TaskGroup& tasks;
  TokenCache cache;
  SignInState state;
  Event changed;
};

namespace {

template <class Shared>
asio::awaitable<void> fetch(std::shared_ptr<Shared> shared, std::string scope) {
  std::exception_ptr interrupted;
  try {
    auto outcome = co_await shared->request(scope);
    shared->note(scope, std::move(outcome));
  } catch (...) {
    interrupted = std::current_exception();
  }
  if (!interrupted) co_return;
  shared->give_up(scope);
  std::rethrow_exception(interrupted);
}

}  // namespace

TokenSource::TokenSource(TenantConfig tenant, HttpClient& http, const Clock& clock, TaskGroup& tasks,
                         asio::any_io_executor executor)
    : shared_(std::make_shared<Shared>(std::move(tenant), http, clock, tasks, executor)) {}

asio::awaitable<Reply<Secret>> TokenSource::get(std::string scope) {
  using Action = TokenCache::Action;
  const auto shared = shared_;
  for (;;) {
    auto decision = shared->cache.decide(scope, shared->clock.now());
    if (decision.action == Action::use_and_renew || decision.action == Action::fetch) {
      shared->cache.started(scope);
      shared->tasks.spawn(fmt::format("token of tenant '{}'", shared->tenant.name), fetch(shared, scope));
    }
    if (decision.action == Action::hold) co_return std::unexpected(std::move(decision.failure));
    if (!decision.token.empty()) co_return std::move(decision.token);
    // A request that fails without having waited, for want of a secret, has ended by now: ask the cache again.
    if (decision.action == Action::join) co_await shared->changed.wait();
  }
}

void TokenSource::refused(const std::string& scope, const Secret& token, std::string claims) {
  shared_->cache.refused(scope, token, std::move(claims));
}

const SignInState& TokenSource::state() const { return shared_->state; }

}  // namespace a2od::cloud
