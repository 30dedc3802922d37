#include "collectors/operations/operations.hpp"

#include "collectors/environment_url.hpp"
#include "collectors/fields.hpp"
#include "collectors/part.hpp"
#include "collectors/sample_list.hpp"
#include "config/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <string_view>
#include <utility>

namespace a2od::operations {
namespace {

namespace asio = boost::asio;

constexpr std::size_t kMostTypes = 100;

struct Tally {
  double running = 0;
  double failed = 0;
  std::optional<Timestamp> running_since;
};
using Tallies = std::map<std::string, Tally, std::less<>>;

Tally& tally_of(Tallies& tallies, std::string_view type) {
  const bool full = tallies.size() >= kMostTypes && !tallies.contains(type);
  return tallies[std::string(full ? "other" : type)];
}

bool has_not_ended(std::string_view state) { return same_text(state, "Running") || same_text(state, "NotStarted"); }

void count(const Fields& operation, Timestamp now, Tallies& tallies) {
  auto& tally = tally_of(tallies, operation.required_text({"type", "id"}));
  const auto state = operation.required_text({"state", "id"});
  const auto created = operation.time({"createdDateTime"});
  const auto last_action = operation.time({"lastActionDateTime"});
  if (has_not_ended(state)) {
    ++tally.running;
    if (created) tally.running_since = std::min(*created, tally.running_since.value_or(*created));
  }
  if (!same_text(state, "Failed")) return;
  const auto ended = last_action ? last_action : created;
  if (!ended) return operation.refuse({"lastActionDateTime"}, "the time of the failure");
  if (now - *ended < kFailuresRemembered) ++tally.failed;
}

asio::awaitable<RunResult> collect(Run& run) {
  RunResult result;
  const auto& id = run.environment->id;
  if (!is_environment_id(id)) {
    result.parts.push_back(broken_part(
        kParts[0],
        fmt::format("environment id '{}': expected one of the admin API, of letters, digits and dashes", id)));
    co_return result;
  }
  cloud::Request request;
  request.service = cloud::Service::admin;
  request.target = fmt::format(
      "/providers/Microsoft.BusinessAppPlatform/lifecycleOperations?api-version=2024-05-01"
      "&$filter=environment%20eq%20'{}'",
      id);
  const auto reply = co_await run.session.send_paged(std::move(request));
  const auto now = run.clock.wall();
  result.parts.push_back(part_of(kParts[0], reply, [&](const auto& items) { return decode(id, items, now); }));
  co_return result;
}

}  // namespace

Result<std::vector<Sample>> decode(const std::string& environment_id, std::span<const boost::json::value> items,
                                   Timestamp now) {
  Tallies tallies;
  auto fault = read_each(items, [&](const Fields& item) { count(item, now, tallies); });
  if (!fault.empty()) return failure(std::move(fault));

  SampleList samples(environment_id);
  for (const auto& [type, tally] : tallies) {
    samples.add(kOperations, tally.running, {{"operation", type}, {"state", "running"}});
    samples.add(kOperations, tally.failed, {{"operation", type}, {"state", "failed"}});
    samples.add(kRunningSince, tally.running_since, {{"operation", type}});
  }
  return samples.take();
}

}  // namespace a2od::operations

namespace a2od {

Collector operations_collector() {
  return {.name = "operations",
          .about = "Lifecycle operations of an environment that run or failed: copy, restore, backup and the like.",
          .scope = Scope::environment,
          .interval = std::chrono::hours(1),
          .timeout = std::chrono::minutes(2),
          .metrics = operations::kMetrics,
          .parts = operations::kParts,
          .collect = operations::collect};
}

}  // namespace a2od
