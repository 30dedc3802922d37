#include "tests/tenant/scenario.hpp"

#include "tests/tenant/fields.hpp"

#include <algorithm>
#include <set>
#include <tuple>
#include <utility>

namespace a2od::tenant {
namespace {

constexpr std::array<std::string_view, 6> kTypes{"Production", "Sandbox", "Trial", "Developer", "Default", "Teams"};
constexpr std::array<std::string_view, 3> kStates{"enabled", "disabled", "admin_mode"};
constexpr std::array<std::string_view, 4> kOrganizationStates{"creating", "upgrading", "updating", "active"};
constexpr std::array<std::string_view, 4> kOperationStates{"NotStarted", "Running", "Succeeded", "Failed"};
constexpr std::array<std::string_view, 2> kCredentialKinds{"secret", "certificate"};
constexpr std::array<std::string_view, 2> kClassifications{"incident", "advisory"};
constexpr std::array<std::string_view, 13> kRegions{
    "europe", "unitedstates", "unitedkingdom", "asia",         "australia",   "japan", "india",
    "canada", "france",       "germany",       "southamerica", "switzerland", "norway"};

template <class T, class Read>
void read_list(Fields& fields, std::string_view key, std::vector<T>& list, Problems& problems, Read read) {
  const Node* found = fields.node(key);
  if (found == nullptr) return;
  if (found->kind() != Node::Kind::sequence)
    fields.problem(found->position(), std::string(key) + " must be a sequence");
  for (const auto& item : found->items()) list.push_back(read(item, problems));
}

Environment new_environment(const Node& node, Problems& problems) {
  Environment environment;
  read_environment(node, environment, problems);
  if (environment.name.empty()) problems.push_back({{}, node.position(), "environment needs the key 'name'"});
  return environment;
}

void check_names(const Scenario& scenario, Position where, Problems& problems) {
  std::set<std::string_view> names;
  for (const auto& environment : scenario.environments)
    if (!names.insert(environment.name).second)
      problems.push_back({{}, where, "two environments are named '" + environment.name + "'"});
  for (const auto& operation : scenario.operations)
    if (!names.contains(operation.environment))
      problems.push_back({{},
                          where,
                          "an operation names the environment '" + operation.environment +
                              "', which is not listed under 'environments'"});
}

Scenario scenario_of(const Node& root, Problems& problems) {
  Scenario scenario;
  Fields fields(root, "scenario", problems);
  fields.text("tenant_id", scenario.tenant_id);
  fields.text("client_id", scenario.client_id);
  fields.number("seed", scenario.seed);
  fields.number("generate", scenario.generate);
  fields.number("applications", scenario.applications);
  fields.number("services", scenario.services);
  fields.texts("rights", scenario.rights);
  fields.flag("administrator", scenario.administrator);
  fields.duration("token_lifetime", scenario.token_lifetime);
  fields.duration("measured_every", scenario.measured_every);
  if (scenario.measured_every < 1s) fields.problem(root.position(), "measured_every must be at least 1s");
  if (const Node* node = fields.node("entitlements")) read_sizes(*node, scenario.entitlements, problems);
  read_list(fields, "environments", scenario.environments, problems, new_environment);
  read_list(fields, "operations", scenario.operations, problems, read_operation);
  read_list(fields, "credentials", scenario.credentials, problems, read_credential);
  read_list(fields, "service_issues", scenario.service_issues, problems, read_service_issue);
  read_list(fields, "faults", scenario.faults, problems, read_fault);
  fields.finish();
  check_names(scenario, root.position(), problems);
  return scenario;
}

std::expected<Scenario, Problems> from_document(const std::expected<Document, Problems>& document) {
  if (!document) return std::unexpected(document.error());
  auto problems = document->problems;
  auto scenario = scenario_of(document->root, problems);
  sort_by_position(problems, document->file);
  if (!problems.empty()) return std::unexpected(std::move(problems));
  return scenario;
}

}  // namespace

void read_sizes(const Node& node, Sizes& sizes, Problems& problems) {
  Fields fields(node, "sizes", problems);
  fields.size("database", sizes[0]);
  fields.size("file", sizes[1]);
  fields.size("log", sizes[2]);
  fields.size("finance_operations_database", sizes[3]);
  fields.size("finance_operations_file", sizes[4]);
  fields.finish();
}

void read_environment(const Node& node, Environment& environment, Problems& problems) {
  Fields fields(node, "environment", problems);
  fields.text("name", environment.name);
  fields.text("id", environment.id);
  fields.text("domain", environment.domain);
  fields.choice("type", environment.type, kTypes);
  fields.choice("region", environment.region, kRegions);
  fields.text("version", environment.version);
  fields.choice("state", environment.state, kStates);
  fields.choice("organization_state", environment.organization_state, kOrganizationStates);
  fields.text("provisioning_state", environment.provisioning_state);
  fields.flag("reachable", environment.reachable);
  fields.flag("application_user", environment.application_user);
  fields.flag("background_operations", environment.background_operations);
  fields.flag("managed", environment.managed);
  fields.flag("dataverse", environment.dataverse);
  fields.flag("finance_operations", environment.finance_operations);
  fields.duration("age", environment.age);
  if (const Node* storage = fields.node("storage")) read_sizes(*storage, environment.storage, problems);
  if (const Node* growth = fields.node("growth_per_hour")) read_sizes(*growth, environment.growth_per_hour, problems);
  if (const Node* tables = fields.node("tables")) read_tables(*tables, environment.tables, problems);
  fields.number("aggregate_limit", environment.aggregate_limit);
  fields.texts("absent_tables", environment.absent_tables);
  fields.texts("absent_columns", environment.absent_columns);
  fields.texts("denied_tables", environment.denied_tables);
  fields.finish();
}

Operation read_operation(const Node& node, Problems& problems) {
  Operation operation;
  Fields fields(node, "operation", problems);
  fields.required("environment");
  fields.text("environment", operation.environment);
  fields.text("type", operation.type);
  fields.choice("state", operation.state, kOperationStates);
  fields.duration("age", operation.age);
  fields.duration("took", operation.took);
  fields.text("error", operation.error);
  fields.finish();
  return operation;
}

Credential read_credential(const Node& node, Problems& problems) {
  Credential credential;
  Fields fields(node, "credential", problems);
  fields.text("name", credential.name);
  fields.choice("kind", credential.kind, kCredentialKinds);
  fields.duration("expires_in", credential.expires_in);
  fields.finish();
  return credential;
}

ServiceIssue read_service_issue(const Node& node, Problems& problems) {
  ServiceIssue issue;
  Fields fields(node, "service issue", problems);
  fields.text("service", issue.service);
  fields.choice("classification", issue.classification, kClassifications);
  fields.text("status", issue.status);
  fields.text("title", issue.title);
  fields.duration("age", issue.age);
  fields.flag("resolved", issue.resolved);
  fields.finish();
  return issue;
}

void sort_by_position(Problems& problems, std::string_view file) {
  for (auto& problem : problems) problem.file = file;
  std::ranges::sort(problems, {}, [](const Problem& p) { return std::tie(p.where, p.message); });
}

std::expected<Scenario, Problems> parse_scenario(std::string file, std::string_view text) {
  return from_document(parse_document(std::move(file), text));
}

std::expected<Scenario, Problems> read_scenario(const std::string& path) { return from_document(read_document(path)); }

}  // namespace a2od::tenant
