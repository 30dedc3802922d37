// A store with a few series, and evaluation of texts against it.
#pragma once

#include "rules/promql/expression.hpp"
#include "rules/promql/printer.hpp"
#include "rules/series/store.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <string_view>
#include <vector>

namespace a2od::promql {

inline Timestamp minute(double minutes) { return Timestamp(Milliseconds(static_cast<std::int64_t>(minutes * 60'000))); }

class Evaluation : public testing::Test {
 protected:
  /// One sample a minute, from minute 0 on.
  void load(const Labels& labels, const std::vector<double>& values) {
    for (std::size_t i = 0; i < values.size(); ++i) store.append(labels, minute(static_cast<double>(i)), values[i]);
  }

  /// The result in one line: `a{b="c"} 1; d 2`, sorted unless the order is the result; or the error.
  std::string evaluate(std::string_view text, double at = 5) {
    auto expression = Expression::parse(text);
    if (!expression) return "does not parse: " + expression.error().message;
    return evaluate(*expression, at);
  }

  std::string evaluate(Expression& expression, double at) {
    const auto value = expression.evaluate(store.snapshot(), minute(at), {});
    if (!value) return value.error().message;
    if (const auto* scalar = std::get_if<Scalar>(&*value)) return format_number(scalar->value);
    if (const auto* string = std::get_if<std::string>(&*value)) return *string;
    if (std::holds_alternative<Matrix>(*value)) return "matrix";
    std::vector<std::string> lines;
    for (const auto& [labels, number] : std::get<Vector>(*value)) {
      lines.push_back(labels.to_string() + " " + format_number(number));
    }
    if (!expression.canonical().starts_with("sort") && !expression.canonical().starts_with("topk")) {
      std::ranges::sort(lines);
    }
    std::string out;
    for (const std::string& line : lines) out += (out.empty() ? "" : "; ") + line;
    return out;
  }

  Store store;
};

}  // namespace a2od::promql
