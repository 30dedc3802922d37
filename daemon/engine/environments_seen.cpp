#include "daemon/engine/environments_seen.hpp"

#include "collectors/inventory/inventory.hpp"
#include "collectors/operations/operations.hpp"
#include "config/text.hpp"

#include <algorithm>
#include <array>

namespace a2od {
namespace {

constexpr std::array<std::string_view, 4> kWork{"Copy", "Recover", "Reset", "Restore"};

bool is_work(std::string_view operation) {
  return std::ranges::any_of(kWork, [&](std::string_view each) { return same_text(each, operation); });
}

EnvironmentWork work_of(const Labels& labels, std::string_view what) {
  return {std::string(labels.get("tenant")), std::string(labels.get("environment")), std::string(what)};
}

}  // namespace

EnvironmentsSeen environments_seen(const CurrentValues& values) {
  EnvironmentsSeen seen;
  values.visit_parts("inventory", [&](const SourceKey& part, bool delivered) {
    if (delivered) seen.inventories.insert(part.tenant);
  });
  values.visit("inventory", [&](const Metric& metric, const Labels& labels, double value) {
    if (&metric == &inventory::kAdminMode && value == 1) seen.work.insert(work_of(labels, kAdministrationMode));
  });
  values.visit_parts("operations", [&](const SourceKey& part, bool delivered) {
    if (delivered) seen.known_operations.emplace(part.tenant, part.environment);
  });
  values.visit("operations", [&](const Metric& metric, const Labels& labels, double value) {
    if (&metric != &operations::kOperations || value == 0 || labels.get("state") != "running") return;
    if (is_work(labels.get("operation"))) seen.work.insert(work_of(labels, labels.get("operation")));
  });
  return seen;
}

}  // namespace a2od
