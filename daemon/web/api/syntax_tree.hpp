// /api/v1/parse_query: an expression's tree, in the form that Prometheus' pages read.
#pragma once

#include "daemon/web/api/parameters.hpp"
#include "daemon/web/api/reply.hpp"

namespace a2od {

[[nodiscard]] ApiReply answer_parse_query(const Parameters& parameters);

}  // namespace a2od
