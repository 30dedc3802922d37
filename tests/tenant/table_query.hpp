// OData queries over the rows of a simulated table: refused wherever Dataverse, or finance and operations, refuses.
#pragma once

#include "tests/tenant/reply.hpp"
#include "tests/tenant/request.hpp"
#include "tests/tenant/tables.hpp"

#include <set>
#include <string>
#include <vector>

namespace a2od::tenant {

struct TableQuery {
  Api api = Api::dataverse;
  const Table& table;
  std::set<std::string> absent_columns;  ///< that this environment's version has not got yet
  std::string root;                      ///< "https://org.crm4.dynamics.com/api/data/v9.2"
  std::size_t largest_page = 5000;
  std::size_t largest_aggregate = 50'000;  ///< rows that $apply may read
  std::string metadata_version;            ///< for the annotation, when it is asked for
};

/// `$select $filter $orderby $top $count $apply`, pages by `$skiptoken` with `Prefer: odata.maxpagesize`.
[[nodiscard]] ApiReply answer_query(const TableQuery& query, std::vector<json::object> rows, const ApiRequest& request);

}  // namespace a2od::tenant
