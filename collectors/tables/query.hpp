// OData queries of tables, as request targets.
#pragma once

#include "collectors/cloud/session.hpp"
#include "collectors/sample.hpp"
#include "config/time.hpp"

#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace a2od {

/// The options of a query in plain text; encoded when it becomes a target.
struct Query {
  std::vector<std::string_view> select;
  std::string filter;
  std::string order_by;
  std::string apply;
  bool count = false;  ///< `@odata.count` beside the rows; Dataverse stops counting at 5,000
  unsigned top = 0;    ///< 0: a page
};

/// "?$select=a,b&$filter=…", percent-encoded; empty without options.
[[nodiscard]] std::string options_of(const Query& query);

/// Rows of an entity set of an environment's finance and operations apps, of all companies. The query has an option.
[[nodiscard]] cloud::Request finance_operations_request(const Environment& environment, std::string_view entity_set,
                                                        const Query& query);

/// "2026-05-06T07:08:09Z", as filters compare with.
[[nodiscard]] std::string odata_time(Timestamp time);

}  // namespace a2od
