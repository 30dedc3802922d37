#include "collectors/batch/batch.hpp"
#include "collectors/capacity/capacity.hpp"
#include "collectors/collector.hpp"
#include "collectors/dataverse/dataverse.hpp"
#include "collectors/finance_operations/finance_operations.hpp"
#include "collectors/flows/flows.hpp"
#include "collectors/identity/identity.hpp"
#include "collectors/integration/integration.hpp"
#include "collectors/inventory/inventory.hpp"
#include "collectors/jobs/jobs.hpp"
#include "collectors/links/links.hpp"
#include "collectors/mailboxes/mailboxes.hpp"
#include "collectors/operations/operations.hpp"
#include "collectors/own/own.hpp"
#include "collectors/plugins/plugins.hpp"
#include "collectors/service_health/service_health.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace a2od {

std::span<const Collector> all_collectors() {
  // A line each.
  // clang-format off
  static const std::array kCollectors{
      inventory_collector(),
      operations_collector(),
      dataverse_collector(),
      finance_operations_collector(),
      capacity_collector(),
      jobs_collector(),
      flows_collector(),
      plugins_collector(),
      batch_collector(),
      mailboxes_collector(),
      links_collector(),
      integration_collector(),
      identity_collector(),
      service_health_collector(),
  };
  // clang-format on
  return kCollectors;
}

Collectors collectors_of(const Config& config) {
  const auto built_in = all_collectors();
  std::vector<Collector> all(built_in.begin(), built_in.end());
  for (const auto& own : config.odata) all.push_back(odata_collector(own));
  for (const auto& own : config.exec) all.push_back(exec_collector(own));
  return std::make_shared<const std::vector<Collector>>(std::move(all));
}

const Collector* find_collector(std::string_view name) { return find_collector(all_collectors(), name); }

const Collector* find_collector(std::span<const Collector> collectors, std::string_view name) {
  const auto found = std::ranges::find(collectors, name, &Collector::name);
  return found != collectors.end() ? &*found : nullptr;
}

}  // namespace a2od
