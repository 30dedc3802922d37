// Cases of small notations: durations, and series with their values as unit tests write them.
#include "case.hpp"
#include "config/duration.hpp"
#include "rules/alerting/rule_test/series_notation.hpp"

#include <fmt/core.h>

#include <optional>
#include <vector>

namespace a2od::conformance {

namespace json = boost::json;

Result run_duration_case(const Set& /*set*/, const json::object& test) {
  // Negative ones are for places that we do not have.
  const bool only_elsewhere = test.contains("allow_negative_only") && test.at("allow_negative_only").as_bool();
  const auto found = parse_duration(text_of(test.at("input")));
  if (test.at("fail").as_bool() || only_elsewhere) return found ? Result{Outcome::failed, "accepted"} : Result{};
  if (!found) return {Outcome::failed, found.error().message};
  const bool same = found->count() == test.at("ms").as_int64() && format_duration(*found) == text_of(test.at("string"));
  return same ? Result{} : Result{Outcome::failed, fmt::format("{} ms, {}", found->count(), format_duration(*found))};
}

Result run_series_case(const Set& /*set*/, const json::object& test) {
  const auto input = text_of(test.at("input"));
  const auto brace = input.find('}');
  const auto split = brace == std::string::npos ? input.find_first_of(" \t") : brace + 1;
  const auto labels = parse_series(input.substr(0, split));
  const auto samples = parse_samples(input.substr(split));
  if ((labels && samples) == test.at("fail").as_bool())
    return {Outcome::failed, test.at("fail").as_bool() ? "accepted" : "refused"};
  if (!labels || !samples) return {};
  std::vector<std::optional<double>> expected;
  for (const auto& value : test.at("values").as_array())
    expected.push_back(value.is_null() ? std::nullopt : std::optional(number_of(value)));
  if (*labels != labels_of(test.at("labels"))) return {Outcome::failed, labels->to_string()};
  return *samples == expected ? Result{} : Result{Outcome::failed, "other values"};
}

}  // namespace a2od::conformance
