#include "rules/promql/math_functions.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <limits>
#include <numbers>
#include <utility>

namespace a2od::promql {
namespace {

using Parameters = std::span<const double>;
using Entry = std::pair<std::string_view, MathFunction>;

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

double max_or_nan(double a, double b) { return std::isnan(a) || std::isnan(b) ? kNaN : std::max(a, b); }
double min_or_nan(double a, double b) { return std::isnan(a) || std::isnan(b) ? kNaN : std::min(a, b); }

double sign(double value) { return value < 0 ? -1 : value > 0 ? 1 : value; }

double round_to(double value, Parameters parameters) {
  const double inverse = 1.0 / (parameters.empty() ? 1.0 : parameters[0]);
  return std::floor(value * inverse + 0.5) / inverse;
}

template <double (*function)(double)>
double of_value(double value, Parameters) {
  return function(value);
}

struct Moment {
  std::chrono::sys_days day;
  std::chrono::year_month_day date;
  std::chrono::seconds in_day{};
};

/// Beyond these seconds the calendar's year does not fit; Prometheus yields nonsense there.
constexpr double kCalendarSeconds = 1e12;

template <double (*function)(const Moment&)>
double of_moment(double value, Parameters) {
  using namespace std::chrono;
  if (!(std::abs(value) < kCalendarSeconds)) return kNaN;
  const sys_seconds time{seconds(static_cast<std::int64_t>(value))};
  const auto day = floor<days>(time);
  return function({day, year_month_day(day), time - day});
}

double minute(const Moment& moment) { return static_cast<double>(moment.in_day / std::chrono::minutes(1) % 60); }
double hour(const Moment& moment) { return static_cast<double>(moment.in_day / std::chrono::hours(1)); }
double day_of_week(const Moment& moment) { return std::chrono::weekday(moment.day).c_encoding(); }
double day_of_month(const Moment& moment) { return static_cast<unsigned>(moment.date.day()); }
double day_of_year(const Moment& moment) {
  const std::chrono::sys_days first = moment.date.year() / std::chrono::January / 1;
  return static_cast<double>((moment.day - first).count() + 1);
}
double days_in_month(const Moment& moment) {
  return static_cast<unsigned>((moment.date.year() / moment.date.month() / std::chrono::last).day());
}
double month(const Moment& moment) { return static_cast<unsigned>(moment.date.month()); }
double year(const Moment& moment) { return static_cast<int>(moment.date.year()); }

constexpr std::array<Entry, 35> kFunctions{{
    {"abs", of_value<std::abs>},
    {"ceil", of_value<std::ceil>},
    {"exp", of_value<std::exp>},
    {"floor", of_value<std::floor>},
    {"ln", of_value<std::log>},
    {"log10", of_value<std::log10>},
    {"log2", of_value<std::log2>},
    {"sgn", of_value<sign>},
    {"sqrt", of_value<std::sqrt>},
    {"acos", of_value<std::acos>},
    {"acosh", of_value<std::acosh>},
    {"asin", of_value<std::asin>},
    {"asinh", of_value<std::asinh>},
    {"atan", of_value<std::atan>},
    {"atanh", of_value<std::atanh>},
    {"cos", of_value<std::cos>},
    {"cosh", of_value<std::cosh>},
    {"sin", of_value<std::sin>},
    {"sinh", of_value<std::sinh>},
    {"tan", of_value<std::tan>},
    {"tanh", of_value<std::tanh>},
    {"deg", [](double v, Parameters) { return v * 180 / std::numbers::pi; }},
    {"rad", [](double v, Parameters) { return v * std::numbers::pi / 180; }},
    {"minute", of_moment<minute>},
    {"hour", of_moment<hour>},
    {"day_of_week", of_moment<day_of_week>},
    {"day_of_month", of_moment<day_of_month>},
    {"day_of_year", of_moment<day_of_year>},
    {"days_in_month", of_moment<days_in_month>},
    {"month", of_moment<month>},
    {"year", of_moment<year>},
    {"clamp", [](double v, Parameters p) { return max_or_nan(p[0], min_or_nan(p[1], v)); }},
    {"clamp_min", [](double v, Parameters p) { return max_or_nan(p[0], v); }},
    {"clamp_max", [](double v, Parameters p) { return min_or_nan(p[0], v); }},
    {"round", round_to},
}};

}  // namespace

MathFunction math_function(std::string_view name) {
  const auto found = std::ranges::find(kFunctions, name, &Entry::first);
  return found == kFunctions.end() ? nullptr : found->second;
}

BinaryFunction binary_function(BinaryOp op) {
  switch (op) {
    case BinaryOp::add:
      return [](double a, double b) { return a + b; };
    case BinaryOp::sub:
      return [](double a, double b) { return a - b; };
    case BinaryOp::mul:
      return [](double a, double b) { return a * b; };
    case BinaryOp::div:
      return [](double a, double b) { return a / b; };
    case BinaryOp::mod:
      return [](double a, double b) { return std::fmod(a, b); };
    case BinaryOp::pow:
      return [](double a, double b) { return std::pow(a, b); };
    case BinaryOp::atan2:
      return [](double a, double b) { return std::atan2(a, b); };
    case BinaryOp::equal:
      return [](double a, double b) { return a == b ? 1.0 : 0.0; };
    case BinaryOp::not_equal:
      return [](double a, double b) { return a != b ? 1.0 : 0.0; };
    case BinaryOp::less:
      return [](double a, double b) { return a < b ? 1.0 : 0.0; };
    case BinaryOp::greater:
      return [](double a, double b) { return a > b ? 1.0 : 0.0; };
    case BinaryOp::less_or_equal:
      return [](double a, double b) { return a <= b ? 1.0 : 0.0; };
    case BinaryOp::greater_or_equal:
      return [](double a, double b) { return a >= b ? 1.0 : 0.0; };
    default:
      return nullptr;
  }
}

}  // namespace a2od::promql
