#include "collectors/finance_operations/finance_operations.hpp"

#include <fmt/format.h>

#include <utility>

namespace a2od::finance_operations {
namespace {

namespace asio = boost::asio;

/// One entity's metadata: the service document (/data/) names thousands of sets, $metadata is larger still.
constexpr std::string_view kTarget = "/Metadata/PublicEntities?$top=1";
constexpr ProbeMetrics kProbe{kReachable, kAuthorized, kProbeResult, kProbeDuration};

/// A sign-in page with status 200 is no answer of the service: JSON with an object is.
cloud::Reply<cloud::Answer> checked(cloud::Reply<cloud::Answer> reply, const std::string& url) {
  if (!reply || reply->body.is_object()) return reply;
  cloud::Failure failure;
  failure.cause = cloud::Cause::malformed;
  failure.status = reply->status;
  failure.message = fmt::format("{}: the answer of {} is not a JSON object", url, kTarget);
  return std::unexpected(std::move(failure));
}

asio::awaitable<RunResult> collect(Run& run) {
  const auto& environment = *run.environment;
  cloud::Request request;
  request.service = cloud::Service::finance_operations;
  request.base = environment.finance_operations_url;
  request.target = kTarget;
  request.priority = cloud::Priority::health;
  request.fresh_connection = true;
  auto answer = co_await run.session.send(std::move(request));
  const auto reply = checked(std::move(answer), environment.finance_operations_url);
  RunResult result;
  result.parts.push_back(probe_part(kParts[0], kProbe, environment, reply));
  result.probe = probe_of(environment.finance_operations_url, environment, reply);
  co_return result;
}

}  // namespace
}  // namespace a2od::finance_operations

namespace a2od {

Collector finance_operations_collector() {
  return {.name = "finance_operations",
          .about = "Whether the finance and operations apps of an environment answer, how fast, and let us in.",
          .scope = Scope::environment,
          .interval = std::chrono::minutes(5),
          .timeout = std::chrono::minutes(2),
          .priority = cloud::Priority::health,
          .metrics = finance_operations::kMetrics,
          .parts = finance_operations::kParts,
          .applies = &Environment::has_finance_operations,
          .collect = finance_operations::collect};
}

}  // namespace a2od
