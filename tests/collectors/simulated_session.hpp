// A session whose requests are answered by the simulated tenant, in process: what Microsoft refuses is refused here.
#pragma once

#include "collectors/async/clock.hpp"
#include "collectors/cloud/api_error.hpp"
#include "collectors/cloud/clouds.hpp"
#include "collectors/cloud/paging.hpp"
#include "collectors/cloud/session.hpp"
#include "tests/tenant/tenant_in_memory.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace a2od {

class SimulatedSession final : public cloud::Session {
 public:
  /// The tenant's time is the clock's.
  SimulatedSession(std::string_view scenario, const Clock& clock) : tenant(scenario), clock_(clock) {
    ahead_ = tenant.now - clock.wall();
  }

  boost::asio::awaitable<cloud::Reply<cloud::Answer>> send(cloud::Request request) override {
    co_return answer(std::move(request));
  }

  boost::asio::awaitable<cloud::Reply<std::vector<boost::json::value>>> send_paged(cloud::Request request) override {
    cloud::Pager pager(request, *cloud::address_of({}, request));
    for (std::optional<cloud::Request> page = std::move(request); page;) {
      auto reply = answer(std::move(*page));
      if (!reply) co_return std::unexpected(std::move(reply.error()));
      auto next = pager.take(std::move(reply->body));
      if (!next) co_return std::unexpected(std::move(next.error()));
      page = std::move(*next);
    }
    co_return pager.take_items();
  }

  [[nodiscard]] std::uint64_t requests() const override { return asked.size(); }

  /// How many targets hold `part`.
  [[nodiscard]] std::size_t asked_for(std::string_view part) const {
    return static_cast<std::size_t>(
        std::ranges::count_if(asked, [&](const auto& request) { return request.target.contains(part); }));
  }

  tenant::TenantInMemory tenant;
  std::vector<cloud::Request> asked;

 private:
  cloud::Reply<cloud::Answer> answer(cloud::Request request) {
    tenant.now = clock_.wall() + ahead_;
    const auto url = *cloud::address_of({}, request);
    auto headers = tenant.signed_in(url.origin.host);
    headers.insert(headers.end(), request.headers.begin(), request.headers.end());
    auto answered = tenant.send(request.method, url.origin.host, url.target, std::move(headers), request.body);
    const auto service = request.service;
    asked.push_back(std::move(request));
    if (answered.status < 300) return cloud::Answer{answered.status, std::move(answered.body), {}};
    cloud::HttpResponse response;
    response.status = answered.status;
    response.body = *answered.reply.body;
    return std::unexpected(cloud::failure_of(service, url.origin.host, response, tenant.now));
  }

  const Clock& clock_;
  Milliseconds ahead_{};
};

}  // namespace a2od
