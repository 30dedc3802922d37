#include "rules/promql/functions.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <string>
#include <utility>

namespace a2od::promql {
namespace {

constexpr ValueType kScalar = ValueType::scalar;
constexpr ValueType kVector = ValueType::vector;
constexpr ValueType kMatrix = ValueType::matrix;
constexpr ValueType kString = ValueType::string;

Function of_vector(std::string_view name, FunctionKind kind) {
  return {.name = name, .kind = kind, .returns = kVector, .parameters = {kVector}};
}

void add_math(std::vector<Function>& table) {
  for (const std::string_view name :
       {"abs",   "ceil", "exp",   "floor", "ln",   "log10", "log2", "sgn", "sqrt", "acos", "acosh", "asin",
        "asinh", "atan", "atanh", "cos",   "cosh", "sin",   "sinh", "tan", "tanh", "deg",  "rad"}) {
    table.push_back(of_vector(name, FunctionKind::math));
  }
  for (const std::string_view name :
       {"minute", "hour", "day_of_week", "day_of_month", "day_of_year", "days_in_month", "month", "year"}) {
    table.push_back(of_vector(name, FunctionKind::date));
    table.back().optional = 1;
  }
  table.push_back({"clamp", FunctionKind::clamp, kVector, {kVector, kScalar, kScalar}});
  table.push_back({"clamp_min", FunctionKind::clamp, kVector, {kVector, kScalar}});
  table.push_back({"clamp_max", FunctionKind::clamp, kVector, {kVector, kScalar}});
  table.push_back({"round", FunctionKind::clamp, kVector, {kVector, kScalar}, 1});
}

void add_range(std::vector<Function>& table) {
  for (const std::string_view name :
       {"rate", "increase", "delta", "irate", "idelta", "changes", "resets", "deriv", "avg_over_time", "min_over_time",
        "max_over_time", "sum_over_time", "count_over_time", "last_over_time", "first_over_time", "present_over_time",
        "stddev_over_time", "stdvar_over_time"}) {
    table.push_back({name, FunctionKind::range, kVector, {kMatrix}});
  }
  table.push_back({"quantile_over_time", FunctionKind::range, kVector, {kScalar, kMatrix}});
  table.push_back({"predict_linear", FunctionKind::range, kVector, {kMatrix, kScalar}});
}

void add_others(std::vector<Function>& table) {
  table.push_back(of_vector("absent", FunctionKind::absent));
  table.push_back({"absent_over_time", FunctionKind::absent_over_time, kVector, {kMatrix}});
  table.push_back({"histogram_quantile", FunctionKind::histogram, kVector, {kScalar, kVector}});
  table.push_back({"histogram_fraction", FunctionKind::histogram, kVector, {kScalar, kScalar, kVector}});
  table.push_back({"label_join", FunctionKind::label_join, kVector, {kVector, kString, kString, kString}, 0, true});
  table.push_back(
      {"label_replace", FunctionKind::label_replace, kVector, {kVector, kString, kString, kString, kString}});
  table.push_back({"max_of", FunctionKind::extreme_of, kScalar, {kScalar, kScalar}});
  table.push_back({"min_of", FunctionKind::extreme_of, kScalar, {kScalar, kScalar}});
  table.push_back({"pi", FunctionKind::pi, kScalar, {}});
  table.push_back({"scalar", FunctionKind::scalar, kScalar, {kVector}});
  table.push_back(of_vector("sort", FunctionKind::sort));
  table.push_back(of_vector("sort_desc", FunctionKind::sort));
  table.push_back({"time", FunctionKind::time, kScalar, {}});
  table.push_back(of_vector("timestamp", FunctionKind::timestamp));
  table.push_back({"vector", FunctionKind::vector, kVector, {kScalar}});
}

void add_experimental(std::vector<Function>& table) {
  const auto add = [&](Function function) {
    function.experimental = true;
    table.push_back(std::move(function));
  };
  for (const std::string_view name :
       {"mad_over_time", "ts_of_max_over_time", "ts_of_min_over_time", "ts_of_first_over_time", "ts_of_last_over_time"})
    add({name, FunctionKind::range, kVector, {kMatrix}});
  add({"histogram_quantiles",
       FunctionKind::histogram_quantiles,
       kVector,
       {kVector, kString, kScalar, kScalar},
       0,
       true});
  add({"info", FunctionKind::info, kVector, {kVector, kVector}, 1});
  add({"double_exponential_smoothing", FunctionKind::range, kVector, {kMatrix, kScalar, kScalar}});
  for (const std::string_view name : {"sort_by_label", "sort_by_label_desc"})
    add({name, FunctionKind::sort_by_label, kVector, {kVector, kString}, 0, true});
  for (const std::string_view name : {"start", "end", "step", "range"}) add({name, FunctionKind::query, kScalar, {}});
}

const std::vector<Function>& table() {
  static const std::vector<Function> functions = [] {
    std::vector<Function> built;
    add_math(built);
    add_range(built);
    add_others(built);
    add_experimental(built);
    std::ranges::sort(built, {}, &Function::name);
    return built;
  }();
  return functions;
}

constexpr std::array<std::string_view, 7> kUnsupported{"histogram_avg",    "histogram_count", "histogram_stddev",
                                                       "histogram_stdvar", "histogram_sum",   "holt_winters",
                                                       "start_timestamp"};

std::atomic<bool> experimental{false};

}  // namespace

const Function* find_function(std::string_view name) {
  const auto& functions = table();
  const auto found = std::ranges::lower_bound(functions, name, {}, &Function::name);
  return found != functions.end() && found->name == name ? &*found : nullptr;
}

const Function* duration_function(std::string_view name) {
  static const std::array functions{*find_function("step"), *find_function("range"), *find_function("min_of"),
                                    *find_function("max_of")};
  std::string lowered(name);
  std::ranges::transform(lowered, lowered.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? char(c | 0x20) : c; });
  const auto found = std::ranges::find(functions, lowered, &Function::name);
  return found == functions.end() ? nullptr : &*found;
}

void enable_experimental_functions(bool enabled) { experimental = enabled; }
bool experimental_functions_enabled() { return experimental; }

bool is_unsupported_function(std::string_view name) {
  return std::ranges::find(kUnsupported, name) != kUnsupported.end();
}

}  // namespace a2od::promql
