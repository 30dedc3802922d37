#include "tests/tenant/services.hpp"
#include "tests/tenant/table_query.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <fmt/format.h>

#include <algorithm>

namespace a2od::tenant {
namespace {

json::array entity_sets() {
  json::array sets;
  for (const auto* name : {"BatchGroups", "BatchJobs", "DataManagementExecutionJobs", "LegalEntities", "SystemUsers"})
    sets.push_back({{"name", name}, {"kind", "EntitySet"}, {"url", name}});
  return sets;
}

ApiReply legal_entities(const std::string& root) {
  const json::array companies{{{"DataArea", "usmf"}, {"Name", "Contoso Entertainment System USA"}},
                              {{"DataArea", "demf"}, {"Name", "Contoso Entertainment System Germany"}}};
  return {200, {{"@odata.context", root + "/data/$metadata#LegalEntities"}, {"value", companies}}, {}};
}

ApiReply public_entities(const std::string& root) {
  const json::array entities{{{"Name", "BatchJob"}, {"EntitySetName", "BatchJobs"}, {"IsReadOnly", false}}};
  return {200, {{"@odata.context", root + "/Metadata/$metadata#PublicEntities"}, {"value", entities}}, {}};
}

/// Enumerations are compared with eq and ne alone; cross-company is asked for, or one company answers.
ApiReply table_rows(const World& world, const Environment& environment, const Table& table, const ApiRequest& request,
                    Timestamp now) {
  const TableQuery query{.api = Api::finance_operations,
                         .table = table,
                         .absent_columns = {},
                         .root = fmt::format("https://{}/data", finance_operations_host(environment)),
                         .largest_page = 10'000,
                         .metadata_version = {}};
  if (request.option("$apply") != nullptr)
    return error_reply(Api::finance_operations, 400, "", "The query parameter '$apply' is not supported.");
  return answer_query(query, rows_at(table, environment.tables, world.start(), now, environment.id), request);
}

}  // namespace

ApiReply finance_operations_api(const World& world, const Environment& environment, const ApiRequest& request,
                                Timestamp now) {
  const auto root = fmt::format("https://{}", finance_operations_host(environment));
  if (environment.state == "disabled")  // what a stopped environment answers is not documented
    return error_reply(Api::finance_operations, 503, "", "The service is unavailable.");
  if (request.path == "/data" || request.path == "/data/")
    return {200, {{"@odata.context", root + "/data/$metadata"}, {"value", entity_sets()}}, {}};
  if (request.path == "/data/LegalEntities") return legal_entities(root);
  if (request.path == "/Metadata/PublicEntities" || request.path == "/metadata/PublicEntities")
    return public_entities(root);
  if (request.path.starts_with("/data/")) {
    const auto table = std::ranges::find(finance_operations_tables(), request.path.substr(6), &Table::set);
    if (table != finance_operations_tables().end()) return table_rows(world, environment, *table, request, now);
  }
  ApiReply reply;
  reply.status = 404;
  reply.body = {
      {"Message", fmt::format("No HTTP resource was found that matches the request URI '{}{}'.", root, request.path)}};
  return reply;
}

}  // namespace a2od::tenant
