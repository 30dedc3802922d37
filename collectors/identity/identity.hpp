// Our own credentials: until when the certificate or secret that we sign in with is valid.
#pragma once

#include "collectors/collector.hpp"
#include "config/result.hpp"

#include <boost/json/value.hpp>

#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace a2od {

[[nodiscard]] Collector identity_collector();

}  // namespace a2od

namespace a2od::identity {

inline constexpr Metric kMetrics[] = {
    {"d365_credential_expiry_timestamp_seconds", MetricType::gauge, "seconds",
     "Until when a credential of our application is valid: from our certificate file, and as Microsoft Graph lists "
     "it."},
};
inline constexpr const Metric& kExpiry = kMetrics[0];

inline constexpr PartDescription kParts[] = {{"certificate", "", 0}, {"application", "Application.Read.All", 1}};

/// The credentials of the application `client_id` among all of the tenant. Nothing when it is not among them: it may be
/// registered in another tenant. A credential without an end is left out.
[[nodiscard]] Result<std::optional<std::vector<Sample>>> decode_applications(std::span<const boost::json::value> items,
                                                                             std::string_view client_id);

}  // namespace a2od::identity
