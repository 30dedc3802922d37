#include "daemon/web/api/maintenance.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <utility>

namespace a2od {

ApiReply answer_maintenance(const Maintenance& maintenance, Timestamp now) {
  boost::json::array list;
  for (const auto& [id, comment, tenant, environment] : maintenance.active(now)) {
    boost::json::object reason{{"id", id}, {"comment", comment}};
    if (!tenant.empty()) {
      reason.emplace("tenant", tenant);
      reason.emplace("environment", environment);
    }
    list.push_back(std::move(reason));
  }
  return api_success(std::move(list));
}

}  // namespace a2od
