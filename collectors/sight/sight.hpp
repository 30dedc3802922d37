// Whether a2od itself can see a tenant: when most hosts fail alike, or the token endpoint does, the fault is likely
// ours.
#pragma once

#include "collectors/collector.hpp"
#include "config/time.hpp"

#include <chrono>
#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace a2od {

/// Decides, tenant by tenant, between "these environments are unreachable" and "we cannot see": then all of them are
/// unknown and one alert (a2od_sight 0) says so, instead of one for each. A functional core: events and `now` go in.
///
/// A tenant is not seen while its token endpoint fails, and while, of the hosts probed within the window, more than
/// half and at least three fail in getting through at all (lookup, connection, TLS, timeout, sign-in). Hosts of a
/// tenant with fewer count together with those of all tenants (sign-in left out): fifty tenants of one environment each
/// go dark together, while a single failing host among hosts that answer is simply unreachable. Disabled,
/// administration mode, throttled, denied: such hosts did answer. A tenant is seen again once the condition has been
/// over for `settle`.
///
/// The seam, for whoever publishes collections. After each run, in this order:
///   1. `probed()` with RunResult::probe, if there is one (`signed_in()` whenever a token was granted or refused);
///   2. while `!sees()`: a failed part's health samples are not published, so that the last good values stay held, and
///      the part counts as not ok: source_ok is false for its series. Good parts are published as ever;
///   3. `unknown_environments()` are those whose series, already published as failing, count as not ok too, so that
///      alerts on them are held.
/// And `advance()` about once a minute, so that hosts fall out of the window and recovery settles.
class Sight {
 public:
  struct Options {
    Milliseconds window = std::chrono::minutes(12);  ///< two probes and some: what was probed longer ago says nothing
    Milliseconds settle = std::chrono::minutes(5);
    std::size_t least_hosts = 3;
  };

  Sight();
  explicit Sight(Options options);

  void probed(std::string_view tenant, std::string_view environment_id, const Probe& probe, Timestamp now);

  /// The token endpoint granted a token, or did not: `failure` is what an operator should read, empty when granted.
  void signed_in(std::string_view tenant, std::string_view failure, Timestamp now);

  void advance(Timestamp now);

  /// The environment left the inventory.
  void forget(std::string_view tenant, std::string_view environment_id);
  /// The tenant left the configuration.
  void forget(std::string_view tenant);

  /// True of tenants that nothing is known of. As of the last event.
  [[nodiscard]] bool sees(std::string_view tenant) const;

  /// Why a tenant is not seen, for the log and the status page; empty while it is.
  [[nodiscard]] std::string reason(std::string_view tenant) const;

  /// The environments that an unseen tenant makes unknown: those whose hosts did not get through; all that were probed
  /// while the token endpoint fails. Sorted; none while the tenant is seen.
  [[nodiscard]] std::vector<std::string> unknown_environments(std::string_view tenant) const;

 private:
  struct Host {
    Timestamp probed;
    std::optional<cloud::Cause> failure;  ///< only those of not getting through
  };
  struct Count {
    std::size_t probed = 0;
    std::size_t failing = 0;
    [[nodiscard]] bool mostly_failing() const { return failing * 2 > probed; }
  };
  struct Tenant {
    std::map<std::pair<std::string, std::string>, Host> hosts;  ///< by environment id and host
    Count count;
    std::string sign_in_failure;
    bool blind = false;
    std::optional<Timestamp> over_since;  ///< while blind: since when the condition does not hold any more
  };

  void add(Tenant& tenant, const Host& host);
  void remove(Tenant& tenant, const Host& host);
  void remove_hosts_of(Tenant& tenant, std::string_view environment_id);
  void drop_old_hosts(Tenant& tenant, Timestamp now);
  [[nodiscard]] bool is_dark(const Count& count) const;
  [[nodiscard]] bool should_be_blind(const Tenant& tenant) const;
  void decide(Tenant& tenant, Timestamp now) const;
  [[nodiscard]] const Tenant* find(std::string_view tenant) const;

  Options options_;
  std::map<std::string, Tenant, std::less<>> tenants_;
  Count estate_;  ///< the hosts of all tenants
};

}  // namespace a2od
