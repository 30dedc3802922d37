// A simulated tenant, a receiver and a2od in a folder of their own, as an administrator would have them.
#pragma once

#include "tests/end_to_end/http.hpp"
#include "tests/end_to_end/process.hpp"

#include <boost/json/value.hpp>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace a2od::end_to_end {

class Stage {
 public:
  /// `name` is unique among tests that run at the same time; the folder starts empty.
  explicit Stage(const std::string& name);

  /// `scenario` is a YAML text, or the name of a file in tests/tenant/scenarios.
  void start_tenant(const std::string& scenario);
  void start_receiver(const std::string& replies = "");
  /// Writes the configuration, with `more` at its end, and starts the daemon; true when it is listening.
  bool start_daemon();
  /// Debian's Prometheus; returns when it is ready.
  void start_prometheus(const std::string& config, const std::vector<std::string>& options = {});
  /// One that scrapes a2od each two seconds and evaluates the rules that come with it.
  void start_prometheus_beside();
  void write_configuration();

  /// A2od's answer, as JSON.
  [[nodiscard]] boost::json::value api(const std::string& path) const;
  /// The values that a query finds, in no particular order.
  [[nodiscard]] std::vector<double> query(const std::string& expression) const;
  /// "Alertname environment" of every alert in this state, sorted.
  [[nodiscard]] std::vector<std::string> alerts(const std::string& state) const;
  /// Every body that the receiver has accepted.
  [[nodiscard]] std::vector<boost::json::value> received() const;
  /// Whether some accepted message has an alert of this name and status.
  [[nodiscard]] bool was_told(const std::string& alertname, const std::string& status) const;

  std::filesystem::path folder;
  std::uint16_t tenant_port = free_port();
  std::uint16_t receiver_port = free_port();
  std::uint16_t port = free_port();
  std::uint16_t prometheus_port = free_port();

  /// Sections of the configuration that tests change. Collectors that read many tables do so of one environment.
  std::string collectors = R"(
  inventory: {interval: 10s, timeout: 5s}
  dataverse: {interval: 10s, timeout: 5s}
  finance_operations: {interval: 10s, timeout: 5s}
  operations: {interval: 10s, timeout: 5s}
  capacity: {interval: 10s, timeout: 5s}
  jobs: {interval: 10s, timeout: 5s}
  flows: {enabled: false, interval: 10s, timeout: 5s, overrides: [{environment: Contoso Finance, enabled: true}]}
  plugins: {enabled: false, interval: 10s, timeout: 5s, overrides: [{environment: Contoso Finance, enabled: true}]}
  batch: {interval: 10s, timeout: 5s}
  mailboxes: {enabled: false, interval: 10s, timeout: 5s, overrides: [{environment: Contoso Finance, enabled: true}]}
  links: {enabled: false, interval: 10s, timeout: 5s, overrides: [{environment: Contoso Finance, enabled: true}]}
  integration: {enabled: false, interval: 10s, timeout: 5s, overrides: [{environment: Contoso Finance, enabled: true}]}
  identity: {interval: 10s, timeout: 5s}
  service_health: {interval: 10s, timeout: 5s}
)";
  std::string max_body = "2MiB";  ///< so that a huge answer need not be huge
  std::string rules = "  evaluation_interval: 1s\n  resolution: 5s\n";
  std::string rule_files = "  - " A2OD_SOURCE_DIR "/rules/library/*.yml\n";
  std::optional<std::string> routing;  ///< in place of a route that leads to the receiver
  std::string more;
  std::string external_url;  ///< if messages shall not lead to its port
  std::string more_tenants;  ///< entries beside the one that every stage has

  std::optional<Process> tenant;
  std::optional<Process> receiver;
  std::optional<Process> daemon;
  std::optional<Process> prometheus;
};

std::string program(const std::string& name);
/// As in the query of a URL.
std::string url_encoded(const std::string& text);
void write_file(const std::filesystem::path& path, const std::string& text);

}  // namespace a2od::end_to_end
