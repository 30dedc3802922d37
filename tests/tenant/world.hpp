// The simulated estate itself: its environments by host, and values that move with time, all decided by the seed.
#pragma once

#include "config/time.hpp"
#include "tests/tenant/scenario.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace a2od::tenant {

class World {
 public:
  /// Makes what the scenario leaves to the seed: environments, ids, domains.
  World(Scenario scenario, Timestamp start);

  [[nodiscard]] const Scenario& scenario() const { return scenario_; }
  [[nodiscard]] Timestamp start() const { return start_; }
  [[nodiscard]] const std::vector<Environment>& environments() const { return scenario_.environments; }
  [[nodiscard]] const Environment* by_id(std::string_view id) const;
  [[nodiscard]] const Environment* by_name(std::string_view name) const;
  /// The environment whose Dataverse or finance and operations host this is.
  [[nodiscard]] const Environment* by_host(std::string_view host) const;

  /// When storage was last measured.
  [[nodiscard]] Timestamp measured(Timestamp now) const;
  /// MiB that an environment used when its storage was last measured: its size at the start, its growth, a little
  /// noise.
  [[nodiscard]] double actual(const Environment& environment, StorageKind kind, Timestamp now) const;
  /// What counts against the entitlement: the default environment has 3 GiB, 3 GiB and 1 GiB for free.
  [[nodiscard]] double rated(const Environment& environment, StorageKind kind, Timestamp now) const;

  /// Changes at run time. An environment of the same name is replaced.
  void put(Environment environment);
  bool remove(std::string_view name);
  void add(Operation operation) { scenario_.operations.push_back(std::move(operation)); }
  void set_credentials(std::vector<Credential> credentials) { scenario_.credentials = std::move(credentials); }
  void set_service_issues(std::vector<ServiceIssue> issues) { scenario_.service_issues = std::move(issues); }
  void set_entitlements(const Sizes& sizes) { scenario_.entitlements = sizes; }
  void set_token_lifetime(Milliseconds lifetime) { scenario_.token_lifetime = lifetime; }

 private:
  void index();

  Scenario scenario_;
  Timestamp start_;
  std::unordered_map<std::string, std::size_t> hosts_;
  std::unordered_map<std::string, std::size_t> ids_;
  std::unordered_map<std::string, std::size_t> names_;
};

[[nodiscard]] std::string_view to_string(StorageKind kind);      ///< "finance_operations_file"
[[nodiscard]] std::string_view capacity_type(StorageKind kind);  ///< Microsoft's name: "FinOpsFile"

[[nodiscard]] std::string dataverse_host(const Environment& environment);
[[nodiscard]] std::string finance_operations_host(const Environment& environment);

/// A GUID that depends on the seed and the text alone.
[[nodiscard]] std::string guid(std::uint64_t seed, std::string_view text);

/// "2026-03-01T08:52:06.3330000Z": Microsoft's seven digits of a second.
[[nodiscard]] std::string iso_time(Timestamp time);

}  // namespace a2od::tenant
