// What a daemon's answer says, as text for a terminal.
#pragma once

#include <boost/json/value.hpp>

#include <string>
#include <string_view>

namespace a2od {

/// Empty where there is none.
[[nodiscard]] std::string text_at(const boost::json::value& from, std::string_view key);
/// An object of labels: {alertname="Down", tenant="contoso"}
[[nodiscard]] std::string labels_text(const boost::json::value& labels);
/// A number of seconds: 1m30s
[[nodiscard]] std::string seconds_at(const boost::json::value& from, std::string_view key);

}  // namespace a2od
