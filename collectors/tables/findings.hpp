// What the rows of a table say: samples, and lines for the people behind their alerts.
#pragma once

#include "collectors/collector.hpp"
#include "collectors/tables/event_log.hpp"
#include "config/result.hpp"

#include <boost/json/value.hpp>

#include <vector>

namespace a2od {

struct Findings {
  std::vector<Sample> samples;
  std::vector<Detail> details;
};

/// A complete part, or a broken one that says what in the answer could not be read.
[[nodiscard]] Part found_part(const PartDescription& description, Result<Findings> findings);

/// Whether a page says that there are more.
[[nodiscard]] bool has_more(const boost::json::value& page);
[[nodiscard]] EventLog::Brought brought_by(const boost::json::value& page);

}  // namespace a2od
