// What a collector of events remembers from one run to the next: its logs, and the newest events in words.
#pragma once

#include "collectors/sample.hpp"
#include "collectors/tables/event_log.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <cstddef>
#include <string_view>
#include <utility>
#include <vector>

namespace a2od {

/// Starts from what the last run handed back. A log that is not kept stays as it was: its part failed.
class Memory {
 public:
  explicit Memory(const boost::json::value& last);

  [[nodiscard]] EventLog log(std::string_view name, Timestamp now) const;
  void keep(std::string_view name, const EventLog& log);

  /// Puts `lines`, the newest first, before those that are there, each once, and keeps the first `most`.
  void prepend_lines(std::string_view name, boost::json::array lines, std::size_t most);
  [[nodiscard]] std::vector<Detail> details(std::string_view name, const Metric& metric) const;

  [[nodiscard]] boost::json::value take() { return std::move(memory_); }

 private:
  boost::json::object memory_;
};

}  // namespace a2od
