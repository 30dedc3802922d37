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
#include "collectors/plugins/plugins.hpp"

#include <algorithm>
#include <array>

namespace a2od {

std::span<const Collector> all_collectors() {
  static const std::array kCollectors{
      inventory_collector(), operations_collector(), dataverse_collector(), finance_operations_collector(),
      capacity_collector(),  jobs_collector(),       flows_collector(),     plugins_collector(),
      batch_collector(),     mailboxes_collector(),  links_collector(),     integration_collector(),
      identity_collector(),
  };
  return kCollectors;
}

const Collector* find_collector(std::string_view name) {
  const auto collectors = all_collectors();
  const auto found = std::ranges::find(collectors, name, &Collector::name);
  return found != collectors.end() ? &*found : nullptr;
}

}  // namespace a2od
