#include "collectors/capacity/capacity.hpp"

#include "collectors/part.hpp"

#include <utility>

namespace a2od::capacity {
namespace {

namespace asio = boost::asio;

constexpr std::string_view kEnvironments =
    "/providers/Microsoft.BusinessAppPlatform/scopes/admin/environments"
    "?api-version=2023-06-01&$expand=properties.capacity";
constexpr std::string_view kTenantCapacity = "/licensing/tenantCapacity?api-version=2024-10-01";

asio::awaitable<Part> collect_environments(Run& run) {
  cloud::Request request;
  request.service = cloud::Service::admin;
  request.target = kEnvironments;
  const auto reply = co_await run.session.send_paged(std::move(request));
  co_return part_of(kParts[0], reply, [&](const auto& items) { return decode_environments(items, run.environments); });
}

asio::awaitable<Part> collect_tenant(Run& run) {
  cloud::Request request;
  request.service = cloud::Service::power_platform;
  request.target = kTenantCapacity;
  const auto reply = co_await run.session.send(std::move(request));
  co_return part_of(kParts[1], reply, [](const cloud::Answer& answer) { return decode_tenant(answer.body); });
}

asio::awaitable<RunResult> collect(Run& run) {
  auto environments = co_await collect_environments(run);
  auto tenant = co_await collect_tenant(run);
  RunResult result;
  result.parts.push_back(std::move(environments));
  result.parts.push_back(std::move(tenant));
  co_return result;
}

}  // namespace
}  // namespace a2od::capacity

namespace a2od {

Collector capacity_collector() {
  return {.name = "capacity",
          .about = "Storage: use of each environment, entitlement and use of the tenant, what is missing and blocked.",
          .scope = Scope::tenant,
          .interval = std::chrono::hours(1),
          .timeout = std::chrono::minutes(5),
          .metrics = capacity::kMetrics,
          .parts = capacity::kParts,
          .collect = capacity::collect};
}

}  // namespace a2od
