// What a probe of a host says of its health, whichever way it ended: disabled, administration mode, network, sign-in
// and throttling told apart.
#pragma once

#include "collectors/cloud/session.hpp"
#include "collectors/collector.hpp"

#include <optional>
#include <string_view>
#include <vector>

namespace a2od {

inline constexpr std::string_view kProbeResults[] = {"ok",      "disabled", "admin_mode", "network",
                                                     "sign_in", "denied",   "throttled",  "error"};
inline constexpr std::string_view kProbePhases[] = {"lookup", "connect", "tls", "first_byte", "total"};

/// The metrics of one kind of probe.
struct ProbeMetrics {
  const Metric& reachable;
  const Metric& authorized;
  const Metric& result;
  const Metric& duration;
};

/// What the probe's failure means, given the runtime state that the admin API reports for the environment: a host that
/// is gone because its environment is disabled is not a fault of the network.
[[nodiscard]] cloud::Cause explained(const cloud::Failure& failure, std::string_view runtime_state);

/// One of kProbeResults; empty where nothing was measured, because our own budget held the request back.
[[nodiscard]] std::string_view probe_result(cloud::Cause cause);

/// Whether the host answered; nothing where it was not asked (no token, no budget).
[[nodiscard]] std::optional<bool> was_reached(const cloud::Failure& failure);

/// The part of a probe: with its samples in either case, see Part. A missing endpoint (404) is a failure here, never
/// `absent`: the host of an environment that is gone is not well.
[[nodiscard]] Part probe_part(const PartDescription& description, const ProbeMetrics& metrics,
                              const Environment& environment, const cloud::Reply<cloud::Answer>& reply);

/// The same probe as Sight sees it; nothing where it says nothing of the way to the host.
[[nodiscard]] std::optional<Probe> probe_of(const std::string& url, const Environment& environment,
                                            const cloud::Reply<cloud::Answer>& reply);

}  // namespace a2od
