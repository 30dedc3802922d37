#include "collectors/inventory/inventory.hpp"

#include "collectors/inventory/watched.hpp"
#include "collectors/part.hpp"

#include <fmt/format.h>

#include <utility>

namespace a2od::inventory {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

constexpr std::string_view kTarget =
    "/providers/Microsoft.BusinessAppPlatform/scopes/admin/environments?api-version=2023-06-01";

std::vector<Environment> environments_of(std::span<const Record> records) {
  std::vector<Environment> environments;
  environments.reserve(records.size());
  for (const auto& record : records) environments.push_back(record.environment);
  return environments;
}

RunResult watch(const TenantConfig& tenant, std::span<const Record> records) {
  auto watched = watched_environments(tenant, environments_of(records));
  RunResult result;
  result.parts.push_back(decoded_part(kParts[0], samples_of(watched, records)));
  result.inventory = std::move(watched);
  return result;
}

RunResult failed(Part part) {
  RunResult result;
  result.parts.push_back(std::move(part));
  return result;
}

asio::awaitable<RunResult> collect(Run& run) {
  if (!run.tenant.discover) co_return watch(run.tenant, {});
  const auto records = co_await read(run);
  if (!records) co_return failed(failed_part(kParts[0], records.error()));
  co_return watch(run.tenant, *records);
}

}  // namespace

asio::awaitable<cloud::Reply<std::vector<Record>>> read(Run& run) {
  cloud::Request request;
  request.service = cloud::Service::admin;
  request.target = kTarget;
  request.priority = cloud::Priority::health;
  const auto items = co_await run.session.send_paged(std::move(request));
  if (!items) co_return std::unexpected(items.error());
  auto records = decode(*items);
  if (!records)
    co_return std::unexpected(
        cloud::Failure{.cause = cloud::Cause::malformed,
                       .message = fmt::format("the answer cannot be read: {}", records.error().message)});
  co_return std::move(*records);
}
}  // namespace a2od::inventory

namespace a2od {

Collector inventory_collector() {
  return {.name = "inventory",
          .about = "Which environments a tenant has, and the state, type, region and version of each.",
          .scope = Scope::tenant,
          .interval = std::chrono::minutes(5),
          .timeout = std::chrono::minutes(3),
          .priority = cloud::Priority::health,
          .metrics = inventory::kMetrics,
          .parts = inventory::kParts,
          .collect = inventory::collect};
}

}  // namespace a2od
