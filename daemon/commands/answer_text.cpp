#include "daemon/commands/answer_text.hpp"

#include "collectors/cloud/json.hpp"
#include "config/duration.hpp"
#include "daemon/commands/daemon_client.hpp"
#include "rules/series/labels.hpp"

#include <boost/json/object.hpp>

#include <cstdint>
#include <utility>
#include <vector>

namespace a2od {

namespace json = boost::json;

std::string text_at(const json::value& from, std::string_view key) {
  return for_terminal(cloud::get_string(from, key).value_or(""));
}

std::string labels_text(const json::value& labels) {
  std::vector<Labels::Pair> pairs;
  for (const auto& [name, value] : labels.as_object()) pairs.emplace_back(name, std::string_view(value.as_string()));
  return for_terminal(Labels::from(std::move(pairs)).to_string());
}

std::string seconds_at(const json::value& from, std::string_view key) {
  const auto seconds = cloud::get_number(from, key).value_or(0);
  return format_duration(Milliseconds(static_cast<std::int64_t>(seconds * 1000)));
}

}  // namespace a2od
