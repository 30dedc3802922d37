#include "config/schema/checks.hpp"
#include "config/schema/table.hpp"
#include "config/schema/values.hpp"
#include "config/sections/receivers/receiver_keys.hpp"
#include "config/sections/sections.hpp"

#include <set>
#include <string_view>

namespace a2od::schema {
namespace {

/// An address that may stand in logs and metrics, and to which a path can be added.
bool is_alertmanager_url(std::string_view text) {
  return is_http_url(text) && text.find_first_of("?#@ ") == std::string_view::npos;
}

bool is_path_prefix(std::string_view text) {
  return text.empty() || (text.starts_with('/') && text.find_first_of("?# ") == std::string_view::npos);
}

Type<AlertmanagerConfig> alertmanager() {
  return section<AlertmanagerConfig>({
      .keys = {key("url", &AlertmanagerConfig::url,
                   hidden_text("a URL such as http://alertmanager:9093, without user, query and fragment",
                               is_alertmanager_url),
                   "where it listens; shown in logs and metrics", Presence::required),
               key("path_prefix", &AlertmanagerConfig::path_prefix,
                   text("a path such as /alertmanager", is_path_prefix), "stands before /api/v2/alerts"),
               key("timeout", &AlertmanagerConfig::timeout, duration(100ms), "after which a request is cut off"),
               key("http_config", &AlertmanagerConfig::http, http_config(), "how requests are made")},
      .refused = {{"static_configs", "write an entry with a url for each"},
                  {"scheme", "it is part of url"},
                  {"api_version", "it is v2"}},
  });
}

}  // namespace

Type<std::vector<AlertmanagerConfig>> alertmanagers() {
  auto list = list_of(alertmanager());
  list.read = [read = list.read](Reader& reader, const Node& node, std::vector<AlertmanagerConfig>& all) {
    read(reader, node, all);
    std::set<std::string> seen;
    for (std::size_t i = 0; i < all.size(); ++i) {
      if (all[i].url.empty() || seen.insert(all[i].address()).second) continue;
      const Reader::Step step(reader, i);
      reader.problem(node.items()[i].position(),
                     "found " + quote(all[i].address()) + " twice, expected it to be unique");
    }
  };
  return list;
}

}  // namespace a2od::schema

namespace a2od {

std::string AlertmanagerConfig::address() const {
  auto base = url;
  while (base.ends_with('/')) base.pop_back();
  auto prefix = path_prefix;
  while (prefix.ends_with('/')) prefix.pop_back();
  return base + prefix;
}

}  // namespace a2od
