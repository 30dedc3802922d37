#include "rules/series/snapshot.hpp"

#include <algorithm>
#include <set>

namespace a2od {
namespace {

bool name_matches(std::span<const Matcher> matchers, std::string_view metric) {
  return std::ranges::all_of(
      matchers, [metric](const Matcher& matcher) { return matcher.name() != kMetricName || matcher.matches(metric); });
}

/// The one name that the matchers allow, if they name it.
const std::string* only_name(std::span<const Matcher> matchers) {
  for (const Matcher& matcher : matchers) {
    if (matcher.name() == kMetricName && matcher.type() == MatchType::equal) return &matcher.value();
  }
  return nullptr;
}

void take_new_rows(const Index& index, std::size_t table, std::span<const Matcher> matchers, std::size_t& seen,
                   std::vector<SeriesRef>& out) {
  const MetricTable& metric = *index.tables[table];
  if (seen < metric.rows.size() && name_matches(matchers, metric.name)) index.select(metric, seen, matchers, out);
  seen = std::max(seen, metric.rows.size());
}

}  // namespace

Snapshot::Snapshot() : state_(std::make_shared<const StoreState>()) {}

std::vector<SeriesRef> Snapshot::select(std::span<const Matcher> matchers) const {
  SelectionCursor cursor;
  std::vector<SeriesRef> found;
  select_new(matchers, cursor, found);
  std::erase_if(found, [this](SeriesRef ref) { return find(ref) == nullptr; });
  return found;
}

Snapshot::Selection Snapshot::select_new(std::span<const Matcher> matchers, SelectionCursor& cursor,
                                         std::vector<SeriesRef>& out) const {
  const Index& index = *state_->index;
  const Selection selection = cursor.identity == index.identity ? Selection::extended : Selection::started_anew;
  if (selection == Selection::started_anew) {
    cursor = {.identity = index.identity, .seen = {}};
    out.clear();
  }
  if (const std::string* name = only_name(matchers)) {
    cursor.seen.resize(1);
    const std::size_t table = index.find(*name);
    if (table < index.tables.size()) take_new_rows(index, table, matchers, cursor.seen.front(), out);
    return selection;
  }
  cursor.seen.resize(std::max(cursor.seen.size(), index.tables.size()));
  for (const std::uint32_t table : index.by_name) take_new_rows(index, table, matchers, cursor.seen[table], out);
  return selection;
}

Timestamp Snapshot::forgotten_until(std::span<const Matcher> matchers) const {
  const std::string* name = only_name(matchers);
  return name == nullptr ? state_->forgotten.until() : state_->forgotten.until(*name);
}

const Series* Snapshot::find(SeriesRef ref) const {
  const std::size_t block = ref.slot / SeriesBlock::kSeries;
  if (block >= state_->blocks.size()) return nullptr;
  const Series& series = state_->blocks[block]->series[ref.slot % SeriesBlock::kSeries];
  return series.incarnation_ == ref.incarnation ? &series : nullptr;
}

Labels Snapshot::labels(SeriesRef ref) const {
  const Series* series = find(ref);
  return series == nullptr ? Labels{} : series->labels();
}

std::optional<StoredSample> Snapshot::latest(SeriesRef ref, Timestamp at, Milliseconds lookback) const {
  const Series* series = find(ref);
  return series == nullptr ? std::nullopt : series->latest(at, lookback);
}

std::vector<SampleRun> Snapshot::runs(SeriesRef ref, Timestamp after, Timestamp until) const {
  std::vector<SampleRun> found;
  if (const Series* series = find(ref)) {
    series->visit_runs(after, until, [&](const SampleRun& run) { found.push_back(run); });
  }
  return found;
}

std::vector<std::string> Snapshot::label_names(std::span<const SeriesRef> series) const {
  std::set<std::string, std::less<>> names;
  for (const SeriesRef ref : series) {
    for (const auto& [name, value] : find(ref)->labels().pairs()) {
      if (!names.contains(name)) names.emplace(name);
    }
  }
  return {names.begin(), names.end()};
}

std::vector<std::string> Snapshot::label_values(std::string_view label, std::span<const SeriesRef> series) const {
  std::set<std::string, std::less<>> values;
  for (const SeriesRef ref : series) {
    const auto value = find(ref)->labels().get(label);
    if (!value.empty() && !values.contains(value)) values.emplace(value);
  }
  return {values.begin(), values.end()};
}

std::vector<std::string> Snapshot::metric_names() const {
  const Index& index = *state_->index;
  std::vector<std::string> names;
  for (const std::uint32_t position : index.by_name) {
    const auto rows = index.tables[position]->rows.items();
    const bool alive = std::ranges::any_of(rows, [this](SeriesRef ref) { return find(ref) != nullptr; });
    if (alive && !index.tables[position]->name.empty()) names.push_back(index.tables[position]->name);
  }
  return names;
}

}  // namespace a2od
