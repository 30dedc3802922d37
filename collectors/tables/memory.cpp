#include "collectors/tables/memory.hpp"

#include "collectors/cloud/json.hpp"

#include <algorithm>
#include <string>

namespace a2od {

namespace json = boost::json;

Memory::Memory(const json::value& last) {
  if (const auto* object = last.if_object()) memory_ = *object;
}

EventLog Memory::log(std::string_view name, Timestamp now) const { return {memory_.if_contains(name), now}; }

void Memory::keep(std::string_view name, const EventLog& log) { memory_[name] = log.memory(); }

void Memory::prepend_lines(std::string_view name, json::array lines, std::size_t most) {
  if (const auto* before = cloud::as_array(memory_.if_contains(name)))
    for (const auto& line : *before)
      if (std::ranges::find(lines, line) == lines.end()) lines.push_back(line);
  if (lines.size() > most) lines.resize(most);
  memory_[name] = std::move(lines);
}

std::vector<Detail> Memory::details(std::string_view name, const Metric& metric) const {
  std::vector<Detail> details;
  if (const auto* lines = cloud::as_array(memory_.if_contains(name)))
    for (const auto& line : *lines)
      if (const auto text = cloud::as_string(&line)) details.push_back({&metric, std::string(*text)});
  return details;
}

}  // namespace a2od
