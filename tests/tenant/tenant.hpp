// A whole Microsoft tenant to test against: token endpoint, admin API, Dataverse, finance and operations and Graph,
// played from a scenario, with faults on demand. It reads no clock and opens no socket: server.hpp is the shell for
// that.
#pragma once

#include "daemon/http/server.hpp"
#include "tests/tenant/fault.hpp"
#include "tests/tenant/reply.hpp"
#include "tests/tenant/request.hpp"
#include "tests/tenant/sign_in.hpp"
#include "tests/tenant/world.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace a2od::tenant {

class SimulatedTenant {
 public:
  /// `start` is the moment from which growth, expiries and the times of faults count.
  SimulatedTenant(Scenario scenario, Registration registration, Timestamp start);

  /// Answers one request by its Host header. Requests to `control.simulated`, or for /control/ on an address of this
  /// machine, go to the control endpoint (README.md).
  [[nodiscard]] HttpReply answer(const HttpRequest& request, Timestamp now);

  [[nodiscard]] World& world() { return world_; }
  [[nodiscard]] Faults& faults() { return faults_; }

  /// Lets the tenant's own clock run ahead: values grow, tokens and credentials expire.
  void advance(Milliseconds by) { ahead_ += by; }
  void revoke_tokens() { sign_in_.revoke_all(); }

  /// Requests so far by "METHOD host/path", with {id} for GUIDs. Those to the control endpoint are not counted.
  [[nodiscard]] const std::map<std::string, std::uint64_t>& requests() const { return requests_; }
  /// How many requests matched a pattern over "METHOD host/path".
  [[nodiscard]] std::uint64_t requests(std::string_view pattern) const;
  void forget_requests() { requests_.clear(); }

 private:
  [[nodiscard]] HttpReply serve(Api api, const Environment* environment, const ApiRequest& request, Timestamp now);

  World world_;
  SignIn sign_in_;
  Faults faults_;
  Milliseconds ahead_{};
  std::map<std::string, std::uint64_t> requests_;
};

/// The service that a host belongs to; those of environments only where the world has one of that name.
[[nodiscard]] Api api_of(const World& world, std::string_view host);

}  // namespace a2od::tenant
