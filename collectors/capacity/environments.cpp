#include "collectors/capacity/capacity.hpp"
#include "collectors/capacity/units.hpp"
#include "collectors/environment_url.hpp"
#include "collectors/fields.hpp"
#include "collectors/sample_list.hpp"

#include <fmt/format.h>

#include <set>
#include <string>
#include <unordered_set>
#include <utility>

namespace a2od::capacity {
namespace {

void add_store(SampleList& samples, const Fields& store, std::string_view kind) {
  const auto unit = store.text({"capacityUnit"}).value_or("");
  const auto actual = measured_bytes(store, {"actualConsumption"}, unit, {"updatedOn"});
  const auto rated = measured_bytes(store, {"ratedConsumption"}, unit, {"updatedOn"});
  const auto measured = store.time({"updatedOn"});
  const std::string label(kind);
  samples.add(kEnvironmentActual, actual, {{"kind", label}});
  samples.add(kEnvironmentRated, rated, {{"kind", label}});
  if (actual || rated) samples.add(kEnvironmentMeasured, measured, {{"kind", label}});
}

void add_environment(SampleList& samples, const Fields& entry) {
  std::set<std::string_view> seen;
  for (const auto& store : entry.items({"properties", "capacity"})) {
    const auto kind = kind_of(store.required_text({"capacityType"}));
    if (!kind.empty() && seen.insert(kind).second) add_store(samples, store, kind);
  }
}

}  // namespace

Result<std::vector<Sample>> decode_environments(std::span<const boost::json::value> items,
                                                std::span<const Environment> watched) {
  std::unordered_set<std::string_view> wanted;
  for (const auto& environment : watched) wanted.insert(environment.id);
  std::unordered_set<std::string_view> seen;
  SampleList samples;
  auto fault = read_each(items, [&](const Fields& entry) {
    const auto id = entry.required_text({"name"});
    if (!is_environment_id(id)) entry.refuse({"name"}, "an environment id of letters, digits and dashes");
    const bool is_wanted = wanted.empty() || wanted.contains(id);
    if (!is_wanted || !seen.insert(id).second) return;
    samples.for_environment(std::string(id));
    add_environment(samples, entry);
  });
  if (!fault.empty()) return failure(std::move(fault));
  return samples.take();
}

}  // namespace a2od::capacity
