#include "tests/tenant/filter.hpp"
#include "tests/tenant/services.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace a2od::tenant {
namespace {

constexpr std::array<std::string_view, 3> kRoots{"/api/data/v9.0/", "/api/data/v9.1/", "/api/data/v9.2/"};
constexpr std::array<std::string_view, 8> kRowOptions{"$select", "$filter", "$orderby", "$top",
                                                      "$count",  "$expand", "fetchXml", "$apply"};

ApiReply refused(std::string_view code, std::string_view message) {
  return error_reply(Api::dataverse, 400, code, message);
}

std::string context(const Environment& environment, std::string_view what) {
  return fmt::format("https://{}/api/data/v9.2/$metadata#{}", dataverse_host(environment), what);
}

ApiReply who_am_i(const World& world, const Environment& environment) {
  return {200,
          {{"@odata.context", context(environment, "Microsoft.Dynamics.CRM.WhoAmIResponse")},
           {"BusinessUnitId", guid(world.scenario().seed, "business unit of " + environment.id)},
           {"UserId", guid(world.scenario().seed, "application user of " + environment.id)},
           {"OrganizationId", environment.organization_id}},
          {}};
}

ApiReply version(const Environment& environment) {
  return {200,
          {{"@odata.context", context(environment, "Microsoft.Dynamics.CRM.RetrieveVersionResponse")},
           {"Version", environment.version}},
          {}};
}

ApiReply current_organization(const World& world, const Environment& environment) {
  const auto url = fmt::format("https://{}/", dataverse_host(environment));
  const json::array keys{"WebApplication", "OrganizationService", "OrganizationDataService"};
  const json::array values{url, url + "XRMServices/2011/Organization.svc",
                           url + "XRMServices/2011/OrganizationData.svc"};
  const json::object endpoints{{"Count", 3}, {"IsReadOnly", false}, {"Keys", keys}, {"Values", values}};
  const json::object detail{{"OrganizationId", environment.organization_id},
                            {"FriendlyName", environment.name},
                            {"OrganizationVersion", environment.version},
                            {"EnvironmentId", environment.id},
                            {"DatacenterId", guid(world.scenario().seed, "datacenter of " + environment.region)},
                            {"Geo", "EMEA"},
                            {"TenantId", world.scenario().tenant_id},
                            {"UrlName", environment.domain},
                            {"UniqueName", "unq" + environment.organization_id.substr(0, 8)},
                            {"State", "Enabled"},
                            {"Endpoints", endpoints}};
  return {200,
          {{"@odata.context", context(environment, "Microsoft.Dynamics.CRM.RetrieveCurrentOrganizationResponse")},
           {"Detail", detail}},
          {}};
}

int organization_state(const Environment& environment) {
  static constexpr std::array<std::string_view, 4> kStates{"creating", "upgrading", "updating", "active"};
  return static_cast<int>(std::ranges::find(kStates, environment.organization_state) - kStates.begin());
}

/// The columns that a monitor reads; asking for any other is refused as Dataverse refuses an unknown one.
json::object organization_row(const Environment& environment) {
  return {{"organizationid", environment.organization_id},
          {"name", "unq" + environment.organization_id.substr(0, 8)},
          {"initialversion", "9.2.23092.206"},
          {"organizationstate", organization_state(environment)},
          {"isdisabled", environment.state == "disabled"},
          {"disabledreason", nullptr},
          {"isauditenabled", true},
          {"isuseraccessauditenabled", true},
          {"useraccessauditinginterval", 4},
          {"isreadauditenabled", false},
          {"auditretentionperiod", 30},
          {"auditretentionperiodv2", 30},
          {"auditsettings", nullptr},
          {"plugintracelogsetting", 1},
          {"tracelogmaximumageindays", 0},
          {"generatealertsforerrors", true},
          {"generatealertsforwarnings", false},
          {"generatealertsforinformation", false},
          {"maxuploadfilesize", 5'242'880},
          {"blockedattachments", "ade;adp;app;bat"},
          {"blockedmimetypes", nullptr},
          {"allowedmimetypes", nullptr},
          {"flowruntimetoliveinseconds", 2'419'200},
          {"flowlogsttlinminutes", 40'320},
          {"expirechangetrackingindays", 7},
          {"expiresubscriptionsindays", 90},
          {"mailboxintermittentissueminrange", 50},
          {"mailboxpermanentissueminrange", 75},
          {"emailconnectionchannel", 0},
          {"isduplicatedetectionenabled", true},
          {"sessiontimeoutenabled", false},
          {"sessiontimeoutinmins", nullptr},
          {"inactivitytimeoutenabled", false},
          {"enableipbasedfirewallrule", false},
          {"enableipbasedfirewallruleinauditmode", false},
          {"allowediprangeforfirewall", nullptr},
          {"applicationbasedaccesscontrolmode", 0},
          {"blockedapplicationsfordvaccess", nullptr},
          {"allowedapplicationsfordvaccess", nullptr},
          {"delegatedadminuserid", nullptr},
          {"versionnumber", 2'101'560}};
}

/// The code is a guess: recorded bodies of this refusal are not known, only that one unknown column fails the query.
ApiReply unknown_column(std::string_view column) {
  return refused("0x80060888", fmt::format("Could not find a property named '{}' on type "
                                           "'Microsoft.Dynamics.CRM.organization'.",
                                           column));
}

std::optional<ApiReply> refused_options(const ApiRequest& request) {
  for (const auto& [name, value] : request.options) {
    if (name == "$skip") return refused("0x80060888", "Skip Clause is not supported in CRM");
    const bool known = std::ranges::find(kRowOptions, name) != kRowOptions.end();
    if (name.starts_with('$') && !known)
      return refused("0x80060888", fmt::format("The query parameter '{}' is not supported.", name));
  }
  return std::nullopt;
}

ApiReply organizations(const Environment& environment, const ApiRequest& request) {
  const auto row = organization_row(environment);
  json::object result{{"@odata.etag", "W/\"2101560\""}};
  const auto* select = request.option("$select");
  const auto columns = split_list(select == nullptr ? std::string_view() : *select);
  for (const auto& column : columns) {
    if (!row.contains(column)) return unknown_column(column);
    result[column] = row.at(column);
  }
  result["organizationid"] = row.at("organizationid");  // the primary key comes unasked
  if (columns.empty()) result.insert(row.begin(), row.end());

  json::array rows{result};
  if (const auto* filter = request.option("$filter")) {
    const auto parsed = parse_filter(*filter);
    if (!parsed) return refused("0x80060888", fmt::format("Syntax error in the $filter '{}'.", *filter));
    for (const auto& comparison : *parsed)
      if (!row.contains(comparison.name)) return unknown_column(comparison.name);
    if (!satisfies(row, *parsed)) rows.clear();
  }
  return {200, {{"@odata.context", context(environment, "organizations")}, {"value", std::move(rows)}}, {}};
}

std::optional<ApiReply> gate(const Environment& environment) {
  if (environment.state == "disabled")  // the code is sourced, its HTTP status is a guess
    return error_reply(Api::dataverse, 403, "0x8004a104",
                       "The Dynamics 365 organization you are attempting to access is currently disabled. Please "
                       "contact your system administrator");
  if (!environment.application_user)
    return error_reply(Api::dataverse, 403, "0x80072560", "The user is not a member of the organization.");
  if (environment.state == "admin_mode")  // no code of this refusal is known
    return error_reply(Api::dataverse, 403, "",
                       "The user does not have sufficient privileges or role membership to access the organization "
                       "while it is in Admin Only mode.");
  return std::nullopt;
}

}  // namespace

ApiReply dataverse_api(const World& world, const Environment& environment, const ApiRequest& request) {
  if (const auto closed = gate(environment)) return *closed;
  const auto root = std::ranges::find_if(kRoots, [&](auto prefix) { return request.path.starts_with(prefix); });
  if (root == kRoots.end())
    return error_reply(Api::dataverse, 404, "", fmt::format("No HTTP resource was found at {}.", request.path));
  const auto resource = std::string_view(request.path).substr(root->size());
  if (request.method != "GET") return error_reply(Api::dataverse, 405, "0x0", "The simulated tenant is read-only.");
  if (const auto refusal = refused_options(request)) return *refusal;
  if (resource == "WhoAmI" || resource == "WhoAmI()") return who_am_i(world, environment);
  if (resource == "RetrieveVersion()" || resource == "RetrieveVersion") return version(environment);
  if (resource.starts_with("RetrieveCurrentOrganization(AccessType=")) return current_organization(world, environment);
  if (resource == "organizations") return organizations(environment, request);
  return error_reply(Api::dataverse, 404, "0x8006088a",
                     fmt::format("Resource not found for the segment '{}'.", resource));
}

}  // namespace a2od::tenant
