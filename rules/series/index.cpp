#include "rules/series/index.hpp"

#include <algorithm>

namespace a2od {
namespace {

/// A matcher with the column that it reads: none where no series of the table has its label.
struct ColumnFilter {
  const Column* column = nullptr;
  const Dictionary* dictionary = nullptr;
  MatcherMemo memo;

  bool keeps(std::size_t row) {
    const std::uint32_t id = column == nullptr ? 0 : column->id(row);
    return memo.matches(id, id == 0 ? std::string_view{} : std::string_view(dictionary->values[id]));
  }
};

ColumnFilter make_filter(const Index& index, const MetricTable& table, const Matcher& matcher) {
  ColumnFilter filter{.memo = MatcherMemo(matcher)};
  for (const Column& column : table.columns) {
    const Dictionary& dictionary = *index.dictionaries[column.dictionary];
    if (dictionary.label != matcher.name()) continue;
    filter.column = &column;
    filter.dictionary = &dictionary;
  }
  return filter;
}

}  // namespace

bool MatcherMemo::matches(std::uint32_t id, std::string_view value) {
  if (id >= answers_.size()) answers_.resize(id + 1, Answer::unknown);
  Answer& answer = answers_[id];
  if (answer == Answer::unknown) answer = matcher_->matches(value) ? Answer::yes : Answer::no;
  return answer == Answer::yes;
}

std::size_t Index::find(std::string_view metric) const {
  const auto name_of = [this](std::uint32_t position) -> std::string_view { return tables[position]->name; };
  const auto found = std::ranges::lower_bound(by_name, metric, {}, name_of);
  return found != by_name.end() && name_of(*found) == metric ? *found : tables.size();
}

void Index::select(const MetricTable& table, std::size_t from, std::span<const Matcher> matchers,
                   std::vector<SeriesRef>& out) const {
  std::vector<ColumnFilter> filters;
  for (const Matcher& matcher : matchers) {
    if (matcher.name() != kMetricName) filters.push_back(make_filter(*this, table, matcher));
  }
  if (filters.empty()) {
    const auto rows = table.rows.items().subspan(from);
    out.insert(out.end(), rows.begin(), rows.end());
    return;
  }
  const auto kept = [&](std::size_t row) {
    return std::ranges::all_of(filters, [row](ColumnFilter& filter) { return filter.keeps(row); });
  };
  for (std::size_t row = from; row < table.rows.size(); ++row) {
    if (kept(row)) out.push_back(table.rows[row]);
  }
}

}  // namespace a2od
