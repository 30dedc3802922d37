// Series and samples as rule unit tests write them: job:errors{env="prod"} with the values 1 2 3+1x4 _ stale.
#pragma once

#include "config/result.hpp"
#include "rules/series/labels.hpp"

#include <optional>
#include <string_view>
#include <vector>

namespace a2od {

/// A label set as a selector with `=` alone; {} is the empty one.
[[nodiscard]] Result<Labels> parse_series(std::string_view text);

/// Items between spaces: a number, `stale`, `_` (no sample), each with `x4` four times more; or a first number and what
/// is added with each further sample, as in `1+2x3`. At most 10 million samples.
[[nodiscard]] Result<std::vector<std::optional<double>>> parse_samples(std::string_view text);

}  // namespace a2od
