#include "tests/tenant/services.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <fmt/format.h>

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

}  // namespace

ApiReply finance_operations_api(const Environment& environment, const ApiRequest& request) {
  const auto root = fmt::format("https://{}", finance_operations_host(environment));
  if (environment.state == "disabled")  // what a stopped environment answers is not documented
    return error_reply(Api::finance_operations, 503, "", "The service is unavailable.");
  if (request.path == "/data" || request.path == "/data/")
    return {200, {{"@odata.context", root + "/data/$metadata"}, {"value", entity_sets()}}, {}};
  if (request.path == "/data/LegalEntities") return legal_entities(root);
  if (request.path == "/Metadata/PublicEntities" || request.path == "/metadata/PublicEntities")
    return public_entities(root);
  ApiReply reply;
  reply.status = 404;
  reply.body = {
      {"Message", fmt::format("No HTTP resource was found that matches the request URI '{}{}'.", root, request.path)}};
  return reply;
}

}  // namespace a2od::tenant
