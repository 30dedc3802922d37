// The values that a template computes with: what Go's text/template meets in the data of an alert.
#pragma once

#include "config/result.hpp"
#include "config/time_zone.hpp"
#include "rules/promql/expression.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace a2od::templates {

/// time.Duration: see go_time.hpp.
using GoDuration = std::chrono::nanoseconds;

/// time.Time: a moment, and the zone that it is shown in. Go's zero time is the first of January of the year 1.
struct GoTime {
  std::chrono::sys_seconds seconds = std::chrono::sys_days(std::chrono::year(1) / 1 / 1);
  GoDuration fraction{0};  ///< of a second: at least 0, less than 1 s
  TimeZone zone{};
};

struct Value;
struct Type;
using List = std::vector<Value>;
/// A map of texts: a missing key reads as the empty text, as a missing label does.
using Strings = std::map<std::string, std::string, std::less<>>;
/// Named fields: reading another one is an error.
using Record = std::map<std::string, Value, std::less<>>;
/// A map of anything, Go's map[string]any: a missing key reads as nil.
struct Map {
  std::map<std::string, Value, std::less<>> entries;
};

/// Cheap to copy: what is large is shared and immutable. The empty alternative is Go's nil.
struct Value {
  std::variant<std::monostate, bool, std::int64_t, double, std::string, std::shared_ptr<const List>,
               std::shared_ptr<const Strings>, std::shared_ptr<const Record>, GoTime, GoDuration,
               std::shared_ptr<const Map>>
      data;
  const Type* type = nullptr;  ///< of a named type of Go's, which lives as long as the program
  /// Of lists, maps and records: how deep values nest in it, and about how many bytes it would take without sharing.
  /// Whoever lets templates build values bounds both, because printing and destroying recur, and parts may be shared.
  std::uint32_t depth = 0;
  std::size_t bytes = 0;

  [[nodiscard]] static Value list(List items, const Type* type = nullptr);
  [[nodiscard]] static Value strings(Strings entries, const Type* type = nullptr);
  [[nodiscard]] static Value record(Record fields, const Type* type = nullptr);
  [[nodiscard]] static Value map(Map map);
  /// A map of texts that is nil: empty, and null in JSON.
  [[nodiscard]] static Value no_strings(const Type* type) { return {std::shared_ptr<const Strings>(), type}; }
  /// A sample of a query's result, with the fields Labels and Value.
  [[nodiscard]] static Value sample(const promql::VectorSample& sample);

  template <class T>
  [[nodiscard]] const T* as() const {
    return std::get_if<T>(&data);
  }
  [[nodiscard]] const List* as_list() const;
  [[nodiscard]] const Strings* as_strings() const;
  [[nodiscard]] const Record* as_record() const;
  [[nodiscard]] const Map* as_map() const;
};

/// What may be called of a value: `$t.Format "15:04"`, `.Alerts.Firing`.
struct Method {
  std::string_view name;
  std::size_t arguments = 0;
  Result<Value> (*call)(const Value& receiver, std::span<const Value> arguments) = nullptr;
};

/// A named type of Go's. Its methods go before keys of the same name.
struct Type {
  struct Field {
    std::string_view name;
    std::string_view json;
  };
  std::string_view name;
  std::span<const Method> methods = {};
  std::span<const Field> fields = {};           ///< of a record: in the order in which it is printed
  std::string (*text)(const Value&) = nullptr;  ///< how it is printed, where Go's type has a method String
};

/// nullptr where the value has none of that name.
[[nodiscard]] const Method* find_method(const Value& receiver, std::string_view name);

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
