// Server-side synchronisation: do mailboxes send, receive and synchronise, and since when do they not.
#pragma once

#include "collectors/collector.hpp"
#include "collectors/tables/event_log.hpp"
#include "collectors/tables/findings.hpp"
#include "config/result.hpp"

#include <boost/json/value.hpp>

#include <span>
#include <string>

namespace a2od {

[[nodiscard]] Collector mailboxes_collector();

}  // namespace a2od

namespace a2od::mailboxes {

inline constexpr Metric kMetrics[] = {
    {"d365_mailboxes", MetricType::gauge, "",
     "Mailboxes that synchronise by the server, by direction and status of their last test or synchronisation."},
    {"d365_mailboxes_unapproved", MetricType::gauge, "",
     "Mailboxes that synchronise by the server and whose address no administrator has approved."},
    {"d365_mailboxes_postponed", MetricType::gauge, "",
     "Mailboxes that the service leaves alone for a while, after errors."},
    {"d365_mailboxes_not_synced", MetricType::gauge, "",
     "Mailboxes whose last successful synchronisation was longer ago than `within`, those that never had one "
     "included."},
    {"d365_mailboxes_with_sync_errors", MetricType::gauge, "", "Mailboxes whose last synchronisation met errors."},
    {"d365_mailboxes_oldest_sync_timestamp_seconds", MetricType::gauge, "seconds",
     "When the mailbox synchronised last that has not done so for longest; absent when none ever did."},
    {"d365_email_server_profiles", MetricType::gauge, "",
     "Active e-mail server profiles by the result of their last test."},
    {"d365_mailbox_alerts_total", MetricType::counter, "",
     "Alerts that Dataverse wrote for mailboxes and e-mail server profiles since a2od began to watch, by level."},
};
inline constexpr const Metric& kMailboxes = kMetrics[0];
inline constexpr const Metric& kUnapproved = kMetrics[1];
inline constexpr const Metric& kPostponed = kMetrics[2];
inline constexpr const Metric& kNotSynced = kMetrics[3];
inline constexpr const Metric& kWithErrors = kMetrics[4];
inline constexpr const Metric& kOldestSync = kMetrics[5];
inline constexpr const Metric& kProfiles = kMetrics[6];
inline constexpr const Metric& kAlerts = kMetrics[7];

inline constexpr PartDescription kParts[] = {{"mailboxes", "prvReadMailbox", 1, "mailbox"},
                                             {"profiles", "prvReadEmailServerProfile", 1, "emailserverprofile"},
                                             {"alerts", "prvReadTraceLog", 1, "tracelog"}};

/// From active mailboxes with a direction that the server synchronises. A time in 1900 is none.
[[nodiscard]] Result<Findings> decode_mailboxes(const std::string& environment_id,
                                                std::span<const boost::json::value> rows, Timestamp now);

[[nodiscard]] Result<Findings> decode_profiles(const std::string& environment_id, const boost::json::value& page);

}  // namespace a2od::mailboxes
