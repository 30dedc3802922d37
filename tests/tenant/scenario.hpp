// What a simulated estate consists of, as a scenario file says it.
#pragma once

#include "config/document.hpp"
#include "config/time.hpp"
#include "tests/tenant/fault.hpp"
#include "tests/tenant/tables.hpp"

#include <array>
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

namespace a2od::tenant {

using namespace std::chrono_literals;

enum class StorageKind : std::uint8_t { database, file, log, finance_operations_database, finance_operations_file };
inline constexpr std::size_t kStorageKinds = 5;
/// By storage kind, in MiB, which Microsoft calls MB.
using Sizes = std::array<double, kStorageKinds>;

struct Environment {
  std::string name;             ///< display name
  std::string id;               ///< GUID, "Default-<guid>" for the default environment; made from the seed if empty
  std::string organization_id;  ///< GUID of the Dataverse organization; made from the seed if empty
  std::string domain;           ///< first label of its host; made from the name if empty
  std::string type = "Production";
  std::string region = "europe";
  std::string version = "9.2.25103.00153";
  std::string state = "enabled";              ///< enabled disabled admin_mode
  std::string organization_state = "active";  ///< creating upgrading updating active
  std::string provisioning_state = "Succeeded";
  bool reachable = true;         ///< false: its hosts cut every connection
  bool application_user = true;  ///< false: 403 0x80072560
  bool background_operations = true;
  bool managed = false;
  bool dataverse = true;
  bool finance_operations = false;
  Milliseconds age = 24h * 400;  ///< since it was created
  Sizes storage{};
  Sizes growth_per_hour{};
  TableRows tables;
  std::uint64_t aggregate_limit = 50'000;   ///< over so many rows Dataverse refuses to aggregate
  std::vector<std::string> absent_tables;   ///< by logical name: 404
  std::vector<std::string> absent_columns;  ///< "mailbox.acsoutgoingemailstatus": not in this version
  std::vector<std::string> denied_tables;   ///< by logical name: the role lacks the privilege to read them
};

struct Operation {
  std::string environment;  ///< its name
  std::string type = "Copy";
  std::string state = "Succeeded";  ///< NotStarted Running Succeeded Failed
  Milliseconds age = 1h;            ///< since its last action
  Milliseconds took = 10min;
  std::string error;
};

struct Credential {
  std::string name;
  std::string kind = "secret";  ///< secret certificate
  Milliseconds expires_in = 24h * 365;
};

/// What Microsoft says of one of its services, whether open or resolved.
struct ServiceIssue {
  std::string service = "DynamicsCRM";        ///< its id
  std::string classification = "incident";    ///< incident advisory
  std::string status = "serviceDegradation";  ///< of the issue and, while it is open, of the service
  std::string title;
  Milliseconds age = 1h;  ///< since it began
  bool resolved = false;
};

struct Scenario {
  std::string tenant_id = "4c2f1b6e-0d6a-4f4e-9d0a-6a1f0c0de001";
  std::string client_id = "9b1de0c5-7b0f-4c57-8d3e-2f6a0c0de002";
  std::uint64_t seed = 1;
  std::uint64_t generate = 0;      ///< environments made from the seed, beside those listed
  std::uint64_t applications = 1;  ///< in the directory, ours among them
  std::vector<Environment> environments;
  Sizes entitlements{};
  std::vector<Operation> operations;
  std::vector<Credential> credentials;
  std::uint64_t services = 10;  ///< that Microsoft tells the health of, those of Dynamics 365 last
  std::vector<ServiceIssue> service_issues;
  /// Graph permissions granted to the application.
  std::vector<std::string> rights{"Application.Read.All", "ServiceHealth.Read.All"};
  bool administrator = true;  ///< false: the application was not registered with the admin API, which answers 403
  Milliseconds token_lifetime = 3599s;
  Milliseconds measured_every = 1h;  ///< how often Microsoft measures storage
  std::vector<Fault> faults;
};

/// Every problem of the file at once, in the order of their positions.
[[nodiscard]] std::expected<Scenario, Problems> parse_scenario(std::string file, std::string_view text);
[[nodiscard]] std::expected<Scenario, Problems> read_scenario(const std::string& path);

/// Reads parts of a scenario, as the control endpoint takes them, over what is there already.
void read_environment(const Node& node, Environment& environment, Problems& problems);
void read_sizes(const Node& node, Sizes& sizes, Problems& problems);
[[nodiscard]] Operation read_operation(const Node& node, Problems& problems);
[[nodiscard]] Credential read_credential(const Node& node, Problems& problems);
[[nodiscard]] ServiceIssue read_service_issue(const Node& node, Problems& problems);
void sort_by_position(Problems& problems, std::string_view file);

}  // namespace a2od::tenant
