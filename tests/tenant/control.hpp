// The control endpoint of a running tenant: faults, changes of state and counters, for tests and demonstrations.
#pragma once

#include "tests/tenant/request.hpp"
#include "tests/tenant/tenant.hpp"

namespace a2od::tenant {

inline constexpr std::string_view kControlHost = "control.simulated";

/// README.md lists the routes. Bodies are the same mappings that a scenario file has, as JSON or YAML.
[[nodiscard]] HttpReply control(SimulatedTenant& tenant, const ApiRequest& request);

}  // namespace a2od::tenant
