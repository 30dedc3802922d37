#include "daemon/web/api/maintenance.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <utility>

namespace a2od {

ApiReply answer_maintenance(const Maintenance& maintenance, Timestamp now) {
  boost::json::array list;
  for (const auto& [id, comment] : maintenance.active(now))
    list.push_back(boost::json::object{{"id", id}, {"comment", comment}});
  return api_success(std::move(list));
}

}  // namespace a2od
