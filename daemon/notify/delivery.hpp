// What became of one try to deliver a message, what follows from it, and how long to wait before the next.
#pragma once

#include "collectors/cloud/retry_after.hpp"
#include "config/time.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace a2od {

enum class Verdict : std::uint8_t {
  delivered,
  retry,          ///< network errors, 408, 425, 429, 5xx
  refused,        ///< 400, 413, 422: this message will never be taken
  misconfigured,  ///< 401, 403, 404, 410, other 3xx and 4xx, no usable address: kept until the receiver is mended
};

struct DeliveryResult {
  unsigned status = 0;  ///< of HTTP, or of SMTP with a verdict; 0: there was no answer
  std::string error{};  ///< a plain sentence without secrets; with an answer, what it gave as its reason
  std::optional<Milliseconds> retry_after{};
  bool unusable =
      false;  ///< the request could not be made: a secret, certificate or library is missing, or an address is invalid
  std::optional<Verdict> verdict{};  ///< what follows, where the status is not HTTP's: then the error says it all
};

/// "delivered"
[[nodiscard]] std::string_view name_of(Verdict verdict);

[[nodiscard]] Verdict classify(const DeliveryResult& result);

/// The label `reason` of a2od_notifications_failed_total; the order of kFailureReasons.
inline constexpr std::string_view kFailureReasons[] = {"network", "throttled", "server", "refused", "misconfigured"};
[[nodiscard]] std::string_view failure_reason(const DeliveryResult& result);

/// "answered 503", "connection refused".
[[nodiscard]] std::string describe(const DeliveryResult& result);

/// Doubles from one second to a minute, times a factor from 0.6 to 1 that id and attempt decide.
[[nodiscard]] Milliseconds backoff(std::uint64_t message_id, std::uint64_t attempt);

/// The same for misconfigured receivers, from five minutes to an hour.
[[nodiscard]] Milliseconds slow_backoff(std::uint64_t message_id, std::uint64_t attempt);

using cloud::parse_retry_after;

}  // namespace a2od
