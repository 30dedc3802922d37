#include "tests/tenant/tenant.hpp"

#include "tests/tenant/control.hpp"
#include "tests/tenant/fault_reply.hpp"
#include "tests/tenant/raw_reply.hpp"
#include "tests/tenant/services.hpp"

#include <algorithm>
#include <cctype>
#include <utility>

namespace a2od::tenant {
namespace {

bool is_guid(std::string_view text) {
  if (text.size() != 36) return false;
  return std::ranges::all_of(text, [](unsigned char c) { return std::isxdigit(c) != 0 || c == '-'; });
}

/// One name for all paths that differ by an id alone.
std::string without_ids(std::string_view path) {
  std::string result;
  while (!path.empty()) {
    const auto part = path.substr(0, path.find('/', 1));
    path.remove_prefix(part.size());
    const auto id = part.ends_with(')') ? std::string_view() : part.substr(std::min<std::size_t>(part.size(), 1));
    result += is_guid(id) || id.starts_with("Default-") ? "/{id}" : std::string(part);
  }
  return result;
}

std::string_view why(Access access) {
  switch (access) {
    case Access::no_token:
      return "Access token is empty.";
    case Access::unknown_token:
      return "The access token is invalid.";
    case Access::expired:
      return "Lifetime validation failed, the token is expired.";
    case Access::wrong_audience:
      return "Access token validation failure. Invalid audience.";
    case Access::granted:
      break;
  }
  return "";
}

ApiReply not_registered(const ApiRequest& request) {
  return error_reply(Api::admin, 403, "Forbidden",
                     "The service principal with id '00000000-0000-0000-0000-000000000000' for application does not "
                     "have permission to access the path '" +
                         request.path + "' in tenant.");
}

bool for_control(const ApiRequest& request) {
  const bool local = request.host == "127.0.0.1" || request.host == "localhost";
  return request.host == kControlHost || (local && request.path.starts_with("/control/"));
}

}  // namespace

Api api_of(const World& world, std::string_view host) {
  if (host == "login.microsoftonline.com") return Api::login;
  if (host == "api.bap.microsoft.com") return Api::admin;
  if (host == "api.powerplatform.com") return Api::power_platform;
  if (host == "graph.microsoft.com") return Api::graph;
  const auto* environment = world.by_host(host);
  if (environment == nullptr) return Api::none;
  return host == dataverse_host(*environment) ? Api::dataverse : Api::finance_operations;
}

SimulatedTenant::SimulatedTenant(Scenario scenario, Registration registration, Timestamp start)
    : world_(std::move(scenario), start), sign_in_(std::move(registration)) {
  for (const auto& fault : world_.scenario().faults) faults_.add(fault);
}

std::uint64_t SimulatedTenant::requests(std::string_view pattern) const {
  std::uint64_t total = 0;
  for (const auto& [route, count] : requests_)
    if (matches(pattern, route)) total += count;
  return total;
}

HttpReply SimulatedTenant::serve(Api api, const Environment* environment, const ApiRequest& request, Timestamp now) {
  if (api == Api::login) return to_http(sign_in_.token(world_, request, now));
  if (api == Api::none) return text_reply(404, "no such host in this tenant: " + request.host + "\n", "text/plain");
  const auto access = sign_in_.check(request, resources_of(api, request.host), now);
  if (access != Access::granted) return to_http(unauthorized(api, request, why(access)));
  switch (api) {
    case Api::admin:
      return to_http(world_.scenario().administrator ? admin_api(world_, request, now) : not_registered(request));
    case Api::power_platform:
      return to_http(power_platform_api(world_, request, now));
    case Api::graph:
      return to_http(graph_api(world_, request));
    case Api::dataverse:
      return to_http(dataverse_api(world_, *environment, request, now));
    default:
      return to_http(finance_operations_api(world_, *environment, request, now));
  }
}

HttpReply SimulatedTenant::answer(const HttpRequest& http_request, Timestamp real_now) {
  const auto request = to_api_request(http_request);
  if (for_control(request)) return control(*this, request);
  const auto now = real_now + ahead_;
  ++requests_[request.method + ' ' + request.host + without_ids(request.path)];
  const auto* environment = world_.by_host(request.host);
  if (environment != nullptr && !environment->reachable) return cut_reply();
  const auto api = api_of(world_, request.host);
  const auto truth = [&] { return serve(api, environment, request, now); };
  const auto fault = faults_.strike(request.host + request.path, now - world_.start());
  return fault ? faulted(*fault, api, request, now, truth) : truth();
}

}  // namespace a2od::tenant
