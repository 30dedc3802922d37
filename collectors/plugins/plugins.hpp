// Plug-in traces: what plug-ins throw, and how long they take.
#pragma once

#include "collectors/collector.hpp"
#include "collectors/tables/memory.hpp"
#include "config/result.hpp"

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>

#include <optional>
#include <string_view>

namespace a2od {

[[nodiscard]] Collector plugins_collector();

}  // namespace a2od

namespace a2od::plugins {

inline constexpr Metric kMetrics[] = {
    {"d365_plugin_trace_setting", MetricType::state_set, "",
     "What the environment writes plug-in traces of: without any, nothing of plug-ins can be seen."},
    {"d365_plugin_traces_total", MetricType::counter, "", "Plug-in traces since a2od began to watch, by mode."},
    {"d365_plugin_failures_total", MetricType::counter, "",
     "Plug-in traces with an exception since a2od began to watch, by mode."},
    {"d365_plugin_duration_seconds_total", MetricType::counter, "seconds",
     "Execution time of traced plug-ins since a2od began to watch, by mode."},
    {"d365_plugin_slowest_duration_seconds", MetricType::gauge, "seconds",
     "Execution time of the slowest plug-in traced since the run before; absent when none was."},
    {"d365_plugin_traces_count_is_lower_bound", MetricType::gauge, "",
     "1 when more traces were written than a2od reads in a run, so that its counters miss some."},
};
inline constexpr const Metric& kSetting = kMetrics[0];
inline constexpr const Metric& kTraces = kMetrics[1];
inline constexpr const Metric& kFailures = kMetrics[2];
inline constexpr const Metric& kDuration = kMetrics[3];
inline constexpr const Metric& kSlowest = kMetrics[4];
inline constexpr const Metric& kLowerBound = kMetrics[5];

inline constexpr PartDescription kParts[] = {{"setting", "prvReadOrganization", 1},
                                             {"traces", "prvReadPluginTraceLog", 1, "plugintracelog"}};

/// In the order of the codes of `plugintracelogsetting`.
inline constexpr std::string_view kSettings[] = {"off", "exception", "all"};

/// What one page of traces adds.
struct Traces {
  EventLog traces;
  EventLog failures;
  EventLog duration;
  std::optional<double> slowest;
  boost::json::array lines;
};
[[nodiscard]] Result<void> take_traces(const boost::json::value& page, Traces& traces);

}  // namespace a2od::plugins
