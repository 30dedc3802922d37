// What the templates of a rule ask for when they query: printf "rate(requests_total{job=%q}[1h])" .Labels.job | query
#pragma once

#include "rules/promql/expression.hpp"

#include <string_view>
#include <vector>

namespace a2od {

/// What each text of the template that reads as an expression would read at `at`, of all series of its metrics: what
/// is filled in when the template is executed is not known before.
[[nodiscard]] std::vector<promql::SeriesWindow> template_reads(std::string_view text, Timestamp at,
                                                               const promql::EvaluationLimits& limits);

}  // namespace a2od
