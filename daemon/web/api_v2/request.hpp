// What Alertmanager's API has in common: its errors, filters, times and texts in JSON.
#pragma once

#include "config/matcher.hpp"
#include "config/time.hpp"
#include "daemon/web/api/parameters.hpp"
#include "daemon/web/api/reply.hpp"

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <expected>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace a2od::api_v2 {

template <class T>
using Read = std::expected<T, ApiReply>;

[[nodiscard]] ApiReply reply(const boost::json::value& value);
/// As Alertmanager words faults: a JSON text.
[[nodiscard]] ApiReply bad_request(std::string_view message);

/// All of a parameter that may be given several times, each one matcher.
[[nodiscard]] Read<std::vector<Matcher>> read_matchers(const Parameters& parameters, std::string_view name);
/// "true" or "false"; `standard` where it is not given.
[[nodiscard]] Read<bool> read_flag(const Parameters& parameters, std::string_view name, bool standard);

/// RFC 3339 with any offset, in years that it can write; nothing where it is not given or is Go's zero.
[[nodiscard]] Read<std::optional<Timestamp>> read_time(const boost::json::object& from, std::string_view key);
/// Names and values in UTF-8; empty where it is not given.
[[nodiscard]] Read<std::map<std::string, std::string>> read_texts(const boost::json::object& from,
                                                                  std::string_view key);

[[nodiscard]] boost::json::object text_map(const std::map<std::string, std::string>& texts);

}  // namespace a2od::api_v2
