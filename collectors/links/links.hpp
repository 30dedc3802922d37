// Azure Synapse Link and Fabric Link: do tables reach the lake, and how far behind are they.
#pragma once

#include "collectors/collector.hpp"
#include "collectors/tables/findings.hpp"
#include "config/result.hpp"

#include <boost/json/value.hpp>

#include <span>
#include <string>
#include <string_view>

namespace a2od {

[[nodiscard]] Collector links_collector();

}  // namespace a2od

namespace a2od::links {

inline constexpr Metric kMetrics[] = {
    {"d365_link_profiles", MetricType::gauge, "", "Link profiles (Synapse Link, Fabric Link) by state."},
    {"d365_link_tables", MetricType::gauge, "",
     "Linked tables by where they come from and the state of their synchronisation."},
    {"d365_link_oldest_sync_timestamp_seconds", MetricType::gauge, "seconds",
     "Up to when the linked table is synchronised that is furthest behind, paused ones left out."},
    {"d365_link_rows", MetricType::gauge, "", "Rows of all linked tables as each side counted them."},
    {"d365_link_rows_counted_timestamp_seconds", MetricType::gauge, "seconds",
     "When the table was counted whose count is oldest: the sides count at different times."},
    {"d365_link_external_tables", MetricType::gauge, "",
     "Tables that a link makes in Fabric or Synapse, by step and its state."},
};
inline constexpr const Metric& kProfiles = kMetrics[0];
inline constexpr const Metric& kTables = kMetrics[1];
inline constexpr const Metric& kOldestSync = kMetrics[2];
inline constexpr const Metric& kRows = kMetrics[3];
inline constexpr const Metric& kRowsCounted = kMetrics[4];
inline constexpr const Metric& kExternalTables = kMetrics[5];

inline constexpr PartDescription kParts[] = {
    {"profiles", "prvReadSynapseLinkProfile", 1, "synapselinkprofile"},
    {"tables", "prvReadSynapseLinkProfileEntityState", 1, "synapselinkprofileentitystate"},
    {"external_tables", "prvReadSynapseLinkExternalTableState", 1, "synapselinkexternaltablestate"}};

/// `syncstate` is a set of bits: the one that says most is the state. Failed before paused before on its way.
[[nodiscard]] std::string_view state_of_bits(double bits);

[[nodiscard]] Result<Findings> decode_profiles(const std::string& environment_id, const boost::json::value& page);
[[nodiscard]] Result<Findings> decode_tables(const std::string& environment_id,
                                             std::span<const boost::json::value> rows);
[[nodiscard]] Result<Findings> decode_external_tables(const std::string& environment_id,
                                                      std::span<const boost::json::value> rows);

}  // namespace a2od::links
