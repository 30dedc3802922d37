// Requests as one tenant's identity: address and scope, token, budget, one HTTP exchange, and what its answer means.
#pragma once

#include "collectors/async/clock.hpp"
#include "collectors/async/event.hpp"
#include "collectors/async/task_group.hpp"
#include "collectors/cloud/budget.hpp"
#include "collectors/cloud/http_client.hpp"
#include "collectors/cloud/paging.hpp"
#include "collectors/cloud/session.hpp"
#include "collectors/cloud/token_source.hpp"
#include "config/config.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <array>
#include <cstdint>
#include <string>

namespace a2od::cloud {

inline constexpr std::size_t kServices = 5;

/// One for each tenant; requests of any number of coroutines on `executor` go through it at once. Nothing is sent again
/// but once after a 401 (with a new token), and by the HTTP client after a connection closed while idle: the next run
/// of the scheduler is the retry.
class TenantSession final : public Session {
 public:
  /// `http`, `clock` and `tasks` must outlive the session, and `http` and `clock` the tasks of `tasks`.
  TenantSession(TenantConfig tenant, HttpClient& http, Clock& clock, TaskGroup& tasks,
                boost::asio::any_io_executor executor, PageLimits page_limits = {});

  boost::asio::awaitable<Reply<Answer>> send(Request request) override;
  boost::asio::awaitable<Reply<std::vector<boost::json::value>>> send_paged(Request request) override;
  [[nodiscard]] std::uint64_t requests() const override;

  /// The same, counting what was sent on behalf of one run.
  boost::asio::awaitable<Reply<Answer>> send(Request request, std::uint64_t& sent);
  boost::asio::awaitable<Reply<std::vector<boost::json::value>>> send_paged(Request request, std::uint64_t& sent);

  /// For the daemon's own metrics.
  [[nodiscard]] const SignInState& sign_in() const { return tokens_.state(); }
  [[nodiscard]] std::uint64_t requests(Service service) const { return sent_[static_cast<std::size_t>(service)]; }
  [[nodiscard]] DayUsage day_usage() const { return budget_.day(clock_.wall()); }
  [[nodiscard]] BudgetSummary budget() const { return budget_.summary(clock_.now()); }
  /// What an earlier process, or the session before a reload, had used of the day.
  void restore_day(const DayUsage& earlier) { budget_.restore(earlier, clock_.wall()); }

 private:
  class Slot;

  /// Adds the size of the answer's body to `bytes`.
  boost::asio::awaitable<Reply<Answer>> fetch(Request request, std::uint64_t& sent, std::size_t& bytes);
  boost::asio::awaitable<std::optional<Failure>> wait_for_budget(const Request& request, const std::string& host);
  boost::asio::awaitable<Reply<Secret>> token_for(const std::string& scope, const Request& request);
  boost::asio::awaitable<Reply<HttpResponse>> exchange(const Request& request, const Url& address, const Secret& token,
                                                       std::uint64_t& sent);
  boost::asio::awaitable<Reply<HttpResponse>> authorized(const Request& request, const Url& address,
                                                         std::uint64_t& sent);

  TenantConfig tenant_;
  HttpClient& http_;
  Clock& clock_;
  PageLimits page_limits_;
  TokenSource tokens_;
  Budget budget_;
  Event request_ended_;
  std::array<std::uint64_t, kServices> sent_{};
};

/// A view of a tenant's session for one run that began at `now` and may take `limit`: counts its requests alone, lets
/// none wait for the budget beyond four fifths of that time, and ends each a little before the run would be cut off, so
/// that the run still says what it met. The session must outlive it.
class RunSession final : public Session {
 public:
  RunSession(TenantSession& tenant, Clock::time_point now, Milliseconds limit)
      : tenant_(tenant), start_by_(now + limit * 8 / 10), end_by_(now + limit * 95 / 100) {}

  boost::asio::awaitable<Reply<Answer>> send(Request request) override {
    return tenant_.send(within_run(std::move(request)), sent_);
  }
  boost::asio::awaitable<Reply<std::vector<boost::json::value>>> send_paged(Request request) override {
    return tenant_.send_paged(within_run(std::move(request)), sent_);
  }
  [[nodiscard]] std::uint64_t requests() const override { return sent_; }

 private:
  [[nodiscard]] Request within_run(Request request) const {
    request.start_by = start_by_;
    request.end_by = end_by_;
    return request;
  }

  TenantSession& tenant_;
  Clock::time_point start_by_;
  Clock::time_point end_by_;
  std::uint64_t sent_ = 0;
};

}  // namespace a2od::cloud
