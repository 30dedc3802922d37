// Which series there are: per metric name a table of its series in order of birth, with a column of value ids per
// label.
#pragma once

#include "config/matcher.hpp"
#include "rules/series/append_only.hpp"
#include "rules/series/labels.hpp"

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace a2od {

/// Names a series of one store. It is never given to another one: where the series is gone, it finds nothing.
struct SeriesRef {
  std::uint32_t slot = 0;
  std::uint32_t incarnation = 0;
  bool operator==(const SeriesRef&) const = default;
  auto operator<=>(const SeriesRef&) const = default;
};

/// All values that a label ever had since the index was built, each once. Id 0 is the empty value.
struct Dictionary {
  std::string label;
  AppendOnly<std::string> values = {};
};

/// A matcher, evaluated once per distinct value of its label.
class MatcherMemo {
 public:
  explicit MatcherMemo(const Matcher& matcher) : matcher_(&matcher) {}
  [[nodiscard]] bool matches(std::uint32_t id, std::string_view value);

 private:
  enum class Answer : std::uint8_t { unknown, no, yes };
  const Matcher* matcher_;
  std::vector<Answer> answers_;
};

/// The value ids of one label, one per series of the table; series behind the end do not have the label.
struct Column {
  std::uint32_t dictionary = 0;
  AppendOnly<std::uint32_t> ids = {};
  [[nodiscard]] std::uint32_t id(std::size_t row) const { return row < ids.size() ? ids[row] : 0; }
};

/// The series of one metric name, in order of birth; rows of vanished series stay until the index is built again.
struct MetricTable {
  std::string name;
  AppendOnly<SeriesRef> rows = {};
  std::vector<Column> columns = {};
};

/// A state of the index. Tables and dictionaries keep their positions until it is built anew, with another identity.
struct Index {
  std::shared_ptr<const void> identity;
  std::vector<std::shared_ptr<MetricTable>> tables;
  std::vector<std::uint32_t> by_name;  ///< positions in `tables`, sorted by name
  std::vector<std::shared_ptr<Dictionary>> dictionaries;

  /// The table of a metric name, or the position `tables.size()`.
  [[nodiscard]] std::size_t find(std::string_view metric) const;
  /// Appends the rows from `from` on that match all matchers but those of the metric name.
  void select(const MetricTable& table, std::size_t from, std::span<const Matcher> matchers,
              std::vector<SeriesRef>& out) const;
};

}  // namespace a2od
