// The pieces of Prometheus' text format.
#pragma once

#include "rules/series/labels.hpp"

#include <map>
#include <string>
#include <string_view>

namespace a2od {

/// 1.5, +Inf, NaN.
void append_sample_value(std::string& out, double value);
/// The same into a buffer, of which it takes 32 bytes at most; returns the end of what was written.
char* write_sample_value(char* to, char* end, double value);
/// With backslashes and line ends escaped, and quotes where the text stands in them.
void append_escaped(std::string& out, std::string_view text, bool quotes);
/// # TYPE metric gauge
void append_type(std::string& out, std::string_view metric, std::string_view type);
/// metric{label="value"}; names that are not classic ones in quotes. Then those of the others that the series has not.
void append_series(std::string& out, const Labels& labels, const std::map<std::string, std::string>& others = {});

}  // namespace a2od
