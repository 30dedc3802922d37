#include "tests/tenant/filter.hpp"
#include "tests/tenant/services.hpp"
#include "tests/tenant/table_query.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

namespace a2od::tenant {
namespace {

constexpr std::array<std::string_view, 3> kRoots{"/api/data/v9.0/", "/api/data/v9.1/", "/api/data/v9.2/"};
constexpr std::array<std::string_view, 9> kRowOptions{"$select", "$filter",  "$orderby", "$top",      "$count",
                                                      "$expand", "fetchXml", "$apply",   "$skiptoken"};

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
    for (const auto& name : names_of(*parsed))
      if (!row.contains(name)) return unknown_column(name);
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

bool lists(const std::vector<std::string>& names, std::string_view name) {
  return std::ranges::find(names, name) != names.end();
}

/// "mailbox.acsoutgoingemailstatus" of the environment's list, as "acsoutgoingemailstatus" of this table.
std::set<std::string> absent_columns(const Environment& environment, const Table& table) {
  std::set<std::string> columns;
  for (const auto& name : environment.absent_columns)
    if (const auto dot = name.find('.'); name.substr(0, dot) == table.logical) columns.insert(name.substr(dot + 1));
  return columns;
}

/// Changes with the columns, as the real one does.
std::string metadata_version(const Environment& environment) {
  std::string all;
  for (const auto& name : environment.absent_columns) all += name + ' ';
  return std::to_string(std::stoull(guid(1, all).substr(0, 7), nullptr, 16));
}

/// The text is Dataverse's, the code a guess.
ApiReply missing_privilege(std::string_view privilege) {
  return error_reply(Api::dataverse, 403, "0x80040220",
                     fmt::format("Principal user (Id=00000000-0000-0000-0000-000000000001, type=8) is missing {} "
                                 "privilege (Id=00000000-0000-0000-0000-000000000002).",
                                 privilege));
}

ApiReply table_rows(const World& world, const Environment& environment, const Table& table, const ApiRequest& request,
                    Timestamp now) {
  if (lists(environment.denied_tables, table.logical)) return missing_privilege(table.privilege);
  const TableQuery query{.table = table,
                         .absent_columns = absent_columns(environment, table),
                         .root = fmt::format("https://{}/api/data/v9.2", dataverse_host(environment)),
                         .largest_aggregate = environment.aggregate_limit,
                         .metadata_version = metadata_version(environment)};
  return answer_query(query, rows_at(table, environment.tables, world.start(), now, environment.id), request);
}

/// "EntityDefinitions(LogicalName='mailbox')" and what may follow it.
std::optional<ApiReply> entity_definition(const Environment& environment, std::string_view resource) {
  constexpr std::string_view kStart = "EntityDefinitions(LogicalName='";
  if (!resource.starts_with(kStart)) return std::nullopt;
  resource.remove_prefix(kStart.size());
  const auto name = resource.substr(0, resource.find('\''));
  const auto found = std::ranges::find(dataverse_tables(), name, &Table::logical);
  if (found == dataverse_tables().end() || lists(environment.absent_tables, name))
    return error_reply(Api::dataverse, 404, "0x80060888",
                       fmt::format("Could not find an entity with the specified entity name: {}.", name));
  if (resource.ends_with("/Attributes")) {
    const auto absent = absent_columns(environment, *found);
    json::array attributes;
    for (const auto& column : found->columns) {
      if (absent.contains(std::string(column.name))) continue;
      auto logical = column.name;  // the column of a lookup is named after its attribute
      if (logical.starts_with('_') && logical.ends_with("_value")) logical = logical.substr(1, logical.size() - 7);
      attributes.push_back({{"LogicalName", logical}, {"MetadataId", guid(1, column.name)}});
    }
    return ApiReply{
        200,
        {{"@odata.context",
          context(environment, fmt::format("EntityDefinitions('{}')/Attributes(LogicalName)", found->logical))},
         {"value", std::move(attributes)}},
        {}};
  }
  const json::object privilege{{"CanBeBasic", true},
                               {"CanBeGlobal", true},
                               {"Name", found->privilege},
                               {"PrivilegeId", guid(1, found->privilege)},
                               {"PrivilegeType", "Read"}};
  return ApiReply{200,
                  {{"@odata.context", context(environment, "EntityDefinitions/$entity")},
                   {"LogicalName", found->logical},
                   {"EntitySetName", found->set},
                   {"MetadataId", guid(1, found->logical)},
                   {"Privileges", json::array{privilege}}},
                  {}};
}

/// What our role holds: to read every table that is not denied.
ApiReply user_privileges(const Environment& environment) {
  json::array privileges;
  for (const auto& table : dataverse_tables()) {
    if (lists(environment.denied_tables, table.logical)) continue;
    privileges.push_back(
        {{"Depth", "Global"}, {"PrivilegeId", guid(1, table.privilege)}, {"PrivilegeName", table.privilege}});
  }
  return {200,
          {{"@odata.context", context(environment, "Microsoft.Dynamics.CRM.RetrieveUserPrivilegesResponse")},
           {"RolePrivileges", std::move(privileges)}},
          {}};
}

/// An import fails where its solution's name says so: "Broken (fails)".
std::optional<ApiReply> import_result(const World& world, const Environment& environment, std::string_view resource,
                                      Timestamp now) {
  constexpr std::string_view kStart = "RetrieveSolutionImportResult(ImportJobId=";
  if (!resource.starts_with(kStart)) return std::nullopt;
  const auto id = resource.substr(kStart.size(), 36);
  const auto rows = rows_at(*table_of_set("importjobs"), environment.tables, world.start(), now, environment.id);
  const auto found =
      std::ranges::find_if(rows, [&](const auto& row) { return row.at("importjobid").get_string() == id; });
  if (found == rows.end())
    return error_reply(Api::dataverse, 404, "0x80040217", fmt::format("importjob With Id = {} Does Not Exist", id));
  const auto* name = found->at("solutionname").if_string();
  const bool fails = name != nullptr && std::string_view(*name).contains("fails");
  json::array errors;
  if (fails) errors.push_back("The dependent component Attribute (Id=name) does not exist.");
  return ApiReply{
      200,
      {{"@odata.context", context(environment, "Microsoft.Dynamics.CRM.RetrieveSolutionImportResultResponse")},
       {"SolutionOperationResult",
        {{"FormattedResults", "<Workbook/>"},
         {"Type", "Import"},
         {"Status", fails ? "Failed" : "Passed"},
         {"WarningMessages", json::array()},
         {"ErrorMessages", std::move(errors)},
         {"ActionLink", {{"Label", nullptr}, {"Target", nullptr}}}}}},
      {}};
}

ApiReply answer(const World& world, const Environment& environment, const ApiRequest& request, Timestamp now) {
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
  if (auto reply = entity_definition(environment, resource)) return *std::move(reply);
  if (auto reply = import_result(world, environment, resource, now)) return *std::move(reply);
  if (resource.starts_with("systemusers(") && resource.ends_with("Microsoft.Dynamics.CRM.RetrieveUserPrivileges"))
    return user_privileges(environment);
  const auto table = std::ranges::find(dataverse_tables(), resource, &Table::set);
  if (table != dataverse_tables().end() && !lists(environment.absent_tables, table->logical))
    return table_rows(world, environment, *table, request, now);
  return error_reply(Api::dataverse, 404, "0x8006088a",
                     fmt::format("Resource not found for the segment '{}'.", resource));
}

}  // namespace

ApiReply dataverse_api(const World& world, const Environment& environment, const ApiRequest& request, Timestamp now) {
  auto reply = answer(world, environment, request, now);
  // Their values are made up; they are there on every answer.
  reply.headers.emplace_back("x-ms-ratelimit-burst-remaining-xrm-requests", "5999");
  reply.headers.emplace_back("x-ms-ratelimit-time-remaining-xrm-requests", "1,199.50");
  return reply;
}

}  // namespace a2od::tenant
