// The values that a template computes with: what Go's text/template meets in the data of an alert.
#pragma once

#include "rules/promql/expression.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace a2od::templates {

/// time.Time in UTC and time.Duration: see go_time.hpp.
using GoDuration = std::chrono::nanoseconds;
using GoTime = std::chrono::sys_time<GoDuration>;

struct Value;
using List = std::vector<Value>;
/// A map of texts: a missing key reads as the empty text, as a missing label does.
using Strings = std::map<std::string, std::string, std::less<>>;
/// Named fields: reading another one is an error.
using Record = std::map<std::string, Value, std::less<>>;

/// Cheap to copy: what is large is shared and immutable. The empty alternative is Go's nil.
struct Value {
  std::variant<std::monostate, bool, std::int64_t, double, std::string, std::shared_ptr<const List>,
               std::shared_ptr<const Strings>, std::shared_ptr<const Record>, GoTime, GoDuration>
      data;

  [[nodiscard]] static Value list(List items) { return {std::make_shared<const List>(std::move(items))}; }
  [[nodiscard]] static Value strings(Strings entries) { return {std::make_shared<const Strings>(std::move(entries))}; }
  [[nodiscard]] static Value record(Record fields) { return {std::make_shared<const Record>(std::move(fields))}; }
  /// A sample of a query's result, with the fields Labels and Value.
  [[nodiscard]] static Value sample(const promql::VectorSample& sample);

  template <class T>
  [[nodiscard]] const T* as() const {
    return std::get_if<T>(&data);
  }
  [[nodiscard]] const List* as_list() const;
  [[nodiscard]] const Strings* as_strings() const;
  [[nodiscard]] const Record* as_record() const;
};

[[nodiscard]] Strings to_strings(const Labels& labels);

/// Go's name of the value's type, for error texts: string, float64, int, bool, map[string]string, …
[[nodiscard]] std::string_view type_name(const Value& value);

/// Whether `if` takes the value for true: not zero, not empty, not nil.
[[nodiscard]] bool is_true(const Value& value);

/// As fmt.Print writes it: 1.5, 1e+06, map[a:b], [1 2], <nil>.
[[nodiscard]] std::string to_text(const Value& value);

/// A float as Go's %v writes it: the shortest digits that read back, with an exponent below 1e-4 and from 1e+06 on.
[[nodiscard]] std::string to_text(double value);

}  // namespace a2od::templates
