// How each kind of fault changes what a service answers.
#pragma once

#include "tests/tenant/fault.hpp"
#include "tests/tenant/reply.hpp"
#include "tests/tenant/request.hpp"

#include <functional>

namespace a2od::tenant {

/// What a struck request gets. `serve` makes the true reply, and is called by those faults alone that deform it.
[[nodiscard]] HttpReply faulted(const Fault& fault, Api api, const ApiRequest& request, Timestamp now,
                                const std::function<HttpReply()>& serve);

/// 401 as the service gives it, with its challenge.
[[nodiscard]] ApiReply unauthorized(Api api, const ApiRequest& request, std::string_view message);

/// "Sun, 06 Nov 1994 08:49:37 GMT"
[[nodiscard]] std::string http_time(Timestamp time);

}  // namespace a2od::tenant
