#include "tests/tenant/filter.hpp"
#include "tests/tenant/services.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace a2od::tenant {
namespace {

constexpr std::string_view kProvider = "/providers/Microsoft.BusinessAppPlatform";
constexpr std::string_view kEnvironments = "/providers/Microsoft.BusinessAppPlatform/scopes/admin/environments";
constexpr std::string_view kOperations = "/providers/Microsoft.BusinessAppPlatform/lifecycleOperations";
constexpr std::array<std::string_view, 7> kVersions{"2019-05-01", "2019-10-01", "2020-06-01", "2020-10-01",
                                                    "2021-04-01", "2023-06-01", "2024-05-01"};

struct Expansion {
  bool capacity = false;
  bool addons = false;
};

std::string gateway(std::string_view region, std::string_view service) {
  return fmt::format("https://{}.api.{}", region, service);
}

json::object runtime_endpoints(const Environment& environment) {
  return {{"microsoft.BusinessAppPlatform", gateway(environment.region, "bap.microsoft.com")},
          {"microsoft.CommonDataModel", gateway(environment.region, "cds.microsoft.com")},
          {"microsoft.PowerApps", gateway(environment.region, "powerapps.com")},
          {"microsoft.PowerAppsAdvisor", gateway(environment.region, "advisor.powerapps.com")},
          {"microsoft.ApiManagement", "https://management.azure-apihub.net"},
          {"microsoft.Flow", gateway(environment.region, "flow.microsoft.com")}};
}

json::object client_uris(const Environment& environment) {
  return {
      {"admin", fmt::format("https://admin.powerplatform.microsoft.com/environments/{}/hub", environment.id)},
      {"maker", fmt::format("https://make.powerapps.com/environments/{}/home", environment.id)},
  };
}

/// Admin mode turns background operations off.
std::string_view background_operations(const Environment& environment) {
  return environment.background_operations && environment.state != "admin_mode" ? "Enabled" : "Disabled";
}

json::object dataverse_of(const Environment& environment, Timestamp created) {
  const auto host = dataverse_host(environment);
  const auto dot = host.find('.');
  const auto unique_name = "unq" + environment.organization_id.substr(0, 8) + environment.organization_id.substr(9, 4);
  return {{"resourceId", environment.organization_id},
          {"friendlyName", environment.name},
          {"uniqueName", unique_name},
          {"domainName", environment.domain},
          {"version", environment.version},
          {"instanceUrl", fmt::format("https://{}/", host)},
          {"instanceApiUrl", fmt::format("https://{}.api{}", host.substr(0, dot), host.substr(dot))},
          {"baseLanguage", 1033},
          {"instanceState", "Ready"},
          {"createdTime", iso_time(created)},
          {"backgroundOperationsState", background_operations(environment)},
          {"scaleGroup", "EURCRMLIVESG633"},
          {"platformSku", "Standard"},
          {"schemaType", "Standard"}};
}

json::object states_of(const Environment& environment) {
  std::string_view runtime = "Enabled";
  if (environment.state == "disabled") runtime = "Disabled";
  if (environment.state == "admin_mode") runtime = "AdminMode";
  const json::object by{{"displayName", "SYSTEM"}, {"type", "NotSpecified"}};
  return {{"management", {{"id", environment.dataverse ? "Ready" : "NotSpecified"}}},
          {"runtime", {{"runtimeReasonCode", "NotSpecified"}, {"requestedBy", by}, {"id", runtime}}}};
}

json::array capacity_of(const World& world, const Environment& environment, Timestamp now) {
  json::array capacity;
  const std::size_t kinds = environment.finance_operations ? kStorageKinds : 3;
  for (std::size_t at = 0; at < kinds; ++at) {
    const auto kind = static_cast<StorageKind>(at);
    capacity.push_back({{"capacityType", capacity_type(kind)},
                        {"actualConsumption", world.actual(environment, kind, now)},
                        {"ratedConsumption", world.rated(environment, kind, now)},
                        {"capacityUnit", "MB"},
                        {"updatedOn", iso_time(world.measured(now))}});
  }
  return capacity;
}

json::array addons() {
  json::array list;
  for (const auto* type : {"AppPass", "PerFlowPlan", "PortalViews", "PortalLogins", "AI"})
    list.push_back({{"addonType", type}, {"allocated", 0}, {"addonUnit", "Unit"}});
  return list;
}

json::object properties_of(const World& world, const Environment& environment, Expansion expand, Timestamp now) {
  const auto created = world.start() - environment.age;
  const bool production = environment.type == "Production" || environment.type == "Default";
  const auto retention = production ? 28 : 7;
  json::object properties{
      {"tenantId", world.scenario().tenant_id},
      {"azureRegion", environment.region},
      {"displayName", environment.name},
      {"description", ""},
      {"createdTime", iso_time(created)},
      {"createdBy", {{"id", "SYSTEM"}, {"displayName", "SYSTEM"}, {"type", "NotSpecified"}}},
      {"lastModifiedTime", iso_time(created)},
      {"provisioningState", environment.provisioning_state},
      {"creationType", environment.type == "Default" ? "DefaultTenant" : "User"},
      {"environmentSku", environment.type},
      {"isDefault", environment.type == "Default"},
      {"clientUris", client_uris(environment)},
      {"runtimeEndpoints", runtime_endpoints(environment)},
      {"trialScenarioType", "None"},
      {"retentionPeriod", fmt::format("P{}D", retention)},
      {"states", states_of(environment)},
      {"updateCadence", {{"id", "Moderate"}}},
      {"retentionDetails",
       {{"retentionPeriod", fmt::format("P{}D", retention)},
        {"backupsAvailableFromDateTime", iso_time(std::max(created, now - 24h * retention))}}},
      {"protectionStatus", {{"keyManagedBy", "Microsoft"}}},
      {"cluster", {{"category", "Prod"}, {"number", "106"}}},
      {"connectedGroups", json::array()},
      {"governanceConfiguration", {{"protectionLevel", environment.managed ? "Standard" : "Basic"}}}};
  if (environment.dataverse) {
    properties["databaseType"] = "CommonDataService";
    properties["linkedEnvironmentMetadata"] = dataverse_of(environment, created);
  }
  if (environment.finance_operations)
    properties["linkedAppMetadata"] = {{"id", guid(1, environment.id + " finance and operations")},
                                       {"type", "Internal"},
                                       {"url", fmt::format("https://{}/", finance_operations_host(environment))}};
  if (expand.capacity) properties["capacity"] = capacity_of(world, environment, now);
  if (expand.addons) properties["addons"] = addons();
  return properties;
}

json::object environment_body(const World& world, const Environment& environment, Expansion expand, Timestamp now) {
  return {{"id", fmt::format("{}/{}", kEnvironments, environment.id)},
          {"type", "Microsoft.BusinessAppPlatform/scopes/environments"},
          {"location", environment.region},
          {"name", environment.id},
          {"properties", properties_of(world, environment, expand, now)}};
}

Expansion expansion_of(const ApiRequest& request) {
  const auto* option = request.option("$expand");
  if (option == nullptr) return {};
  const auto parts = split_list(*option);
  const auto asks = [&parts](std::string_view dotted, std::string_view slashed) {
    return std::ranges::any_of(parts, [&](const auto& part) { return part == dotted || part == slashed; });
  };
  return {asks("properties.capacity", "properties/capacity"), asks("properties.addons", "properties/addons")};
}

ApiReply not_found(std::string_view environment_id) {
  return error_reply(Api::admin, 404, "EnvironmentNotFound",
                     fmt::format("The environment '{}' could not be found in the tenant.", environment_id));
}

ApiReply environments(const World& world, const ApiRequest& request, Timestamp now) {
  json::array list;
  const auto expand = expansion_of(request);
  for (const auto& environment : world.environments())
    list.push_back(environment_body(world, environment, expand, now));
  return {200, {{"value", std::move(list)}}, {}};
}

/// The stage that a failed operation fails in and a running one is at is always "Run".
json::array stages_of(const Operation& operation, Timestamp first, Timestamp last) {
  json::array stages;
  for (const std::string_view stage : {"Validate", "Prepare", "Run"})
    stages.push_back({{"id", stage},
                      {"name", stage},
                      {"state", {{"id", stage == "Run" ? operation.state : "Succeeded"}}},
                      {"firstActionDateTime", iso_time(first)},
                      {"lastActionDateTime", iso_time(stage == "Run" ? last : first)}});
  return stages;
}

json::object operation_body(const World& world, const Environment& environment, const Operation& operation) {
  const auto last = world.start() - operation.age;
  const auto first = last - operation.took;
  const auto id =
      guid(world.scenario().seed, fmt::format("{} {} {}", environment.id, operation.type, operation.age.count()));
  const auto environment_path = fmt::format("{}/environments/{}", kProvider, environment.id);
  json::object body{
      {"id", id},
      {"links",
       {{"self", {{"path", fmt::format("{}/{}", kOperations, id)}}}, {"environment", {{"path", environment_path}}}}},
      {"type", {{"id", operation.type}}},
      {"typeDisplayName", operation.type},
      {"state", {{"id", operation.state}}},
      {"createdDateTime", iso_time(first)},
      {"lastActionDateTime", iso_time(last)},
      {"requestedBy",
       {{"id", world.scenario().client_id},
        {"displayName", "ServicePrincipal"},
        {"type", "ServicePrincipal"},
        {"tenantId", world.scenario().tenant_id}}},
      {"stages", stages_of(operation, first, last)}};
  if (!operation.error.empty())
    body["error"] = {{"code", "OperationFailed"}, {"message", operation.error}, {"detailUrlType", "NotSpecified"}};
  return body;
}

/// `environment eq '<id>'` and nothing else. The error code is a guess: no recorded body of this refusal is known.
ApiReply operations(const World& world, const ApiRequest& request) {
  const auto* option = request.option("$filter");
  const auto filter = option == nullptr ? std::nullopt : parse_filter(*option);
  const auto* id_text = filter ? std::get_if<std::string>(&filter->comparison.literal) : nullptr;
  const bool understood = id_text != nullptr && filter->join == Filter::Join::none &&
                          filter->comparison.name == "environment" && filter->comparison.op == "eq";
  if (!understood)
    return error_reply(Api::admin, 400, "InvalidFilter", "The $filter must have the form: environment eq '{id}'.");
  const auto& id = *id_text;
  const auto* environment = world.by_id(id);
  if (environment == nullptr) return not_found(id);
  json::array list;
  for (const auto& operation : world.scenario().operations)
    if (operation.environment == environment->name) list.push_back(operation_body(world, *environment, operation));
  return {200, {{"value", std::move(list)}}, {}};
}

/// Writers are refused while an operation runs: the recorded 409.
ApiReply write(const World& world, const Environment& environment) {
  for (const auto& operation : world.scenario().operations)
    if (operation.environment == environment.name && operation.state == "Running")
      return error_reply(Api::admin, 409, "OperationNotStartable",
                         fmt::format("This operation cannot be performed because there is an active lifecycle "
                                     "operation on the environment {}.",
                                     environment.id));
  return error_reply(Api::admin, 405, "MethodNotAllowed", "The simulated tenant is read-only.");
}

}  // namespace

ApiReply admin_api(const World& world, const ApiRequest& request, Timestamp now) {
  const auto* version = request.option("api-version");
  if (version == nullptr)  // code and text are guesses
    return error_reply(Api::admin, 400, "MissingApiVersionParameter",
                       "The api-version query parameter (?api-version=) is required for all requests.");
  if (std::ranges::find(kVersions, *version) == kVersions.end())
    return error_reply(Api::admin, 400, "InvalidApiVersionParameter",
                       fmt::format("The api-version '{}' is invalid.", *version));
  // An empty id in the path is the list, silently.
  if (request.path == kEnvironments || request.path == std::string(kEnvironments) + '/')
    return environments(world, request, now);
  if (request.path.starts_with(std::string(kEnvironments) + '/')) {
    const auto id = request.path.substr(kEnvironments.size() + 1);
    const auto* environment = world.by_id(id);
    if (environment == nullptr) return not_found(id);
    if (request.method != "GET") return write(world, *environment);
    return {200, environment_body(world, *environment, expansion_of(request), now), {}};
  }
  if (request.path == kOperations) return operations(world, request);
  return error_reply(Api::admin, 404, "NotFound", fmt::format("No route matches {}.", request.path));
}

}  // namespace a2od::tenant
