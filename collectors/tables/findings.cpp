#include "collectors/tables/findings.hpp"

#include "collectors/cloud/json.hpp"
#include "collectors/part.hpp"

#include <utility>

namespace a2od {

Part found_part(const PartDescription& description, Result<Findings> findings) {
  if (!findings) return decoded_part(description, failure(findings.error().message));
  auto part = decoded_part(description, std::move(findings->samples));
  part.details = std::move(findings->details);
  return part;
}

bool has_more(const boost::json::value& page) { return cloud::find(page, {"@odata.nextLink"}) != nullptr; }

EventLog::Brought brought_by(const boost::json::value& page) {
  return has_more(page) ? EventLog::Brought::first_page : EventLog::Brought::all;
}

}  // namespace a2od
