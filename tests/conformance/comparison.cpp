// Compares results as Prometheus' test engine does: numbers within one in a million, label sets exactly.
#include "case.hpp"
#include "config/quote.hpp"
#include "rules/promql/printer.hpp"

#include <boost/json/serialize.hpp>
#include <fmt/core.h>
#include <re2/re2.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <string>

namespace a2od::conformance {
namespace {

namespace json = boost::json;

bool nearly_equal(double a, double b) {
  constexpr double kTolerance = 1e-6;
  using limits = std::numeric_limits<double>;
  if (std::isnan(a) && std::isnan(b)) return true;
  if (a == b) return true;
  const double both = std::abs(a) + std::abs(b);
  const double difference = std::abs(a - b);
  if (a == 0 || b == 0 || both < limits::min()) return difference < kTolerance * limits::min();
  return difference / std::min(both, limits::max()) < kTolerance;
}

std::string mismatch(const std::string& where, double expected, double found) {
  return fmt::format("{}: expected {}, found {}", where, promql::format_number(expected), promql::format_number(found));
}

std::string compare_vector(const json::object& expected, const promql::Vector& found) {
  const auto& samples = expected.at("samples").as_array();
  if (samples.size() != found.size()) {
    std::string all;
    for (const auto& sample : found)
      all += "\n    " + sample.labels.to_string() + " " + promql::format_number(sample.value);
    return fmt::format("expected {} samples, found {}{}", samples.size(), found.size(), all);
  }
  const bool ordered = expected.contains("ordered") && expected.at("ordered").as_bool();
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const auto& sample = samples[i].as_object();
    if (!sample.contains("value")) return "expects a native histogram";
    const Labels labels = labels_of(sample.at("labels"));
    const auto match = ordered ? found.begin() + static_cast<std::ptrdiff_t>(i)
                               : std::ranges::find(found, labels, &promql::VectorSample::labels);
    if (match == found.end() || match->labels != labels) return "missing or out of order: " + labels.to_string();
    const double value = number_of(sample.at("value"));
    if (!nearly_equal(value, match->value)) return mismatch(labels.to_string(), value, match->value);
  }
  return {};
}

std::string compare_points(const std::string& name, const json::array& expected,
                           const std::vector<promql::Point>& found) {
  if (expected.size() != found.size()) {
    return fmt::format("{}: expected {} points, found {}", name, expected.size(), found.size());
  }
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const auto at = expected[i].at(0).to_number<std::int64_t>();
    const auto found_at = found[i].at.time_since_epoch().count();
    if (at != found_at) return fmt::format("{}: expected a point at {}, found one at {}", name, at, found_at);
    const double value = number_of(expected[i].at(1));
    if (!nearly_equal(value, found[i].value)) return mismatch(fmt::format("{} at {}", name, at), value, found[i].value);
  }
  return {};
}

std::string compare_matrix(const json::object& expected, const promql::Matrix& found) {
  if (!std::ranges::is_sorted(found, {}, &promql::MatrixSeries::labels)) return "not sorted by labels";
  const auto& all = expected.at("series").as_array();
  if (all.size() != found.size()) return fmt::format("expected {} series, found {}", all.size(), found.size());
  for (const json::value& series : all) {
    const Labels labels = labels_of(series.at("labels"));
    const auto match = std::ranges::find(found, labels, &promql::MatrixSeries::labels);
    if (match == found.end()) return "missing: " + labels.to_string();
    auto detail = compare_points(labels.to_string(), series.at("points").as_array(), match->points);
    if (!detail.empty()) return detail;
  }
  return {};
}

}  // namespace

std::string compare(const json::object& expected, const promql::Value& found) {
  const auto& type = expected.at("type").as_string();
  if (const auto* vector = std::get_if<promql::Vector>(&found); vector != nullptr && type == "vector") {
    return compare_vector(expected, *vector);
  }
  if (const auto* matrix = std::get_if<promql::Matrix>(&found)) {
    if (type == "matrix") return compare_matrix(expected, *matrix);
    if (type == "vector" && matrix->empty() && expected.at("samples").as_array().empty()) return {};
  }
  if (const auto* scalar = std::get_if<promql::Scalar>(&found); scalar != nullptr && type == "scalar") {
    const double value = number_of(expected.at("scalar"));
    return nearly_equal(value, scalar->value) ? "" : mismatch("scalar", value, scalar->value);
  }
  if (const auto* text = std::get_if<std::string>(&found); text != nullptr && type == "string") {
    return *text == text_of(expected.at("string")) ? "" : "found the string " + double_quoted(*text);
  }
  return fmt::format("expected a result of type {}, found another", std::string_view(type));
}

std::string compare_annotations(const json::object& expected, const promql::Annotations& found) {
  const auto check = [&](const char* some, const char* none, const std::set<std::string>& texts) -> std::string {
    if (const auto* wanted = expected.if_contains(some)) {
      for (const json::value& each : wanted->as_array()) {
        const std::string kind(each.at("match").as_string());
        const bool met = std::ranges::any_of(texts, [&](const std::string& text) {
          if (kind == "any") return true;
          const std::string value = text_of(each.at("value"));
          return kind == "msg" ? text == value : RE2::PartialMatch(text, value);
        });
        if (!met) return std::string("missing ") + some + ": " + json::serialize(each);
      }
    }
    const auto* silent = expected.if_contains(none);
    const bool must_be_silent = silent != nullptr && silent->is_bool() && silent->as_bool();
    return must_be_silent && !texts.empty() ? std::string("unexpected ") + some + ": " + *texts.begin() : "";
  };
  auto wrong = check("warn", "no_warn", found.warnings);
  return wrong.empty() ? check("info", "no_info", found.infos) : wrong;
}

}  // namespace a2od::conformance
