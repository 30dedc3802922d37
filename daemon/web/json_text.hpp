// JSON as Prometheus' clients read it: numbers without an exponent where they can do without.
#pragma once

#include <boost/json/value.hpp>

#include <string>
#include <string_view>

namespace a2od {

/// As boost::json::serialize, which writes 1.7E9: Prometheus' Go clients take a time for the digits before the E.
/// Recurses as deep as the value.
[[nodiscard]] std::string json_text(const boost::json::value& value);

/// A text in quotes; what is no UTF-8 is mended.
void append_json(std::string& out, std::string_view text);

}  // namespace a2od
