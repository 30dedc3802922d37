// What else moves data in and out of an environment: dataflows, virtual tables, dual-write.
#pragma once

#include "collectors/collector.hpp"
#include "collectors/tables/event_log.hpp"
#include "config/result.hpp"

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>

namespace a2od {

[[nodiscard]] Collector integration_collector();

}  // namespace a2od

namespace a2od::integration {

inline constexpr Metric kMetrics[] = {
    {"d365_dataflow_refreshes_total", MetricType::counter, "",
     "Dataflow refreshes that ended since a2od began to watch; failed: they left an error."},
    {"d365_virtual_tables", MetricType::gauge, "",
     "Virtual tables of finance and operations that are offered, and of these those that have been generated."},
    {"d365_dual_write_configurations", MetricType::gauge, "",
     "Dual-write runtime configurations in Dataverse by state. They hold one direction only: that there is none does "
     "not "
     "prove that a map is stopped."},
    {"d365_dual_write_status_visible", MetricType::gauge, "",
     "0 where dual-write is installed: the live status of its maps is shown to signed-in users only, never to an "
     "application such as a2od."},
};
inline constexpr const Metric& kRefreshes = kMetrics[0];
inline constexpr const Metric& kVirtualTables = kMetrics[1];
inline constexpr const Metric& kDualWrite = kMetrics[2];
inline constexpr const Metric& kDualWriteVisible = kMetrics[3];

inline constexpr PartDescription kParts[] = {
    {"dataflows", "prvReadmsdyn_DataflowRefreshHistory", 1, "msdyn_dataflowrefreshhistory"},
    {"virtual_tables", "prvReadmserp_FinanceAndOperationsEntity", 1, "mserp_financeandoperationsentity"},
    {"dual_write", "prvReadmsdyn_DualWriteRuntimeConfig", 1, "msdyn_dualwriteruntimeconfig"}};

/// Takes in refreshes that ended. Their status codes are not documented: one that left an error has failed.
[[nodiscard]] Result<void> take_refreshes(const boost::json::value& page, EventLog& log, boost::json::array& lines);

}  // namespace a2od::integration
