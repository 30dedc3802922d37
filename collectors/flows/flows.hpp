// Cloud flows of an environment: which are on, off or suspended, which runs failed, and what Dataverse lost of them.
#pragma once

#include "collectors/collector.hpp"
#include "collectors/tables/findings.hpp"
#include "config/result.hpp"

#include <boost/json/value.hpp>

#include <map>
#include <span>
#include <string>

namespace a2od {

[[nodiscard]] Collector flows_collector();

}  // namespace a2od

namespace a2od::flows {

inline constexpr Metric kMetrics[] = {
    {"d365_flows", MetricType::gauge, "", "Cloud flows by state."},
    {"d365_flows_blocked_by_policy", MetricType::gauge, "", "Cloud flows that a data policy of the company keeps off."},
    {"d365_flow_runs_failed_total", MetricType::counter, "",
     "Failed runs of solution-aware cloud flows since a2od began to watch, as far as Dataverse keeps them: see "
     "d365_flow_run_losses_total."},
    {"d365_flow_run_losses_total", MetricType::counter, "",
     "Events by which Dataverse says that it does not keep all flow runs, by their code, since a2od began to watch."},
};
inline constexpr const Metric& kFlows = kMetrics[0];
inline constexpr const Metric& kBlocked = kMetrics[1];
inline constexpr const Metric& kRunsFailed = kMetrics[2];
inline constexpr const Metric& kLosses = kMetrics[3];

inline constexpr PartDescription kParts[] = {{"definitions", "prvReadWorkflow", 1, "workflow"},
                                             {"runs", "prvReadFlowRun", 1, "flowrun"},
                                             {"losses", "prvReadFlowEvent", 1, "flowevent"}};

/// Names of flows by id, for the lines that say which failed.
using FlowNames = std::map<std::string, std::string, std::less<>>;

[[nodiscard]] Result<Findings> decode_definitions(const std::string& environment_id,
                                                  std::span<const boost::json::value> rows, FlowNames& names);

}  // namespace a2od::flows
