// Microsoft's services over a simulated world. Each is a function of world and request, and of time where values move;
// who may ask is decided before (sign_in.hpp), and what goes wrong on purpose around it (fault.hpp).
#pragma once

#include "tests/tenant/reply.hpp"
#include "tests/tenant/request.hpp"
#include "tests/tenant/world.hpp"

namespace a2od::tenant {

/// Business application platform: environments and their lifecycle operations.
[[nodiscard]] ApiReply admin_api(const World& world, const ApiRequest& request, Timestamp now);

/// api.powerplatform.com: the tenant's capacity.
[[nodiscard]] ApiReply power_platform_api(const World& world, const ApiRequest& request, Timestamp now);

[[nodiscard]] ApiReply dataverse_api(const World& world, const Environment& environment, const ApiRequest& request,
                                     Timestamp now);

[[nodiscard]] ApiReply finance_operations_api(const World& world, const Environment& environment,
                                              const ApiRequest& request, Timestamp now);

/// Applications, and the health of Microsoft's services.
[[nodiscard]] ApiReply graph_api(const World& world, const ApiRequest& request);
[[nodiscard]] ApiReply service_health_api(const World& world, const ApiRequest& request);

}  // namespace a2od::tenant
