// What label_replace and label_join make of a label set.
#pragma once

#include "config/result.hpp"
#include "rules/series/labels.hpp"

#include <functional>
#include <string>
#include <vector>

namespace a2od::promql {

using Relabel = std::function<Labels(const Labels&)>;

/// The error is that of Prometheus: an operand that is wrong.
[[nodiscard]] Result<Relabel> make_label_replace(const std::string& destination, const std::string& replacement,
                                                 const std::string& source, const std::string& regex);
[[nodiscard]] Result<Relabel> make_label_join(const std::string& destination, const std::string& separator,
                                              const std::vector<std::string>& sources);

}  // namespace a2od::promql
