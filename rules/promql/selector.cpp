#include "rules/promql/selector.hpp"

#include <algorithm>
#include <bit>
#include <utility>

namespace a2od::promql {
namespace {

constexpr std::size_t kFewRows = 64;

double seconds(Timestamp at) { return static_cast<double>(at.time_since_epoch().count()) / 1000; }

Milliseconds duration_of(const Duration& duration, const Context& context) {
  auto value = duration.value(context.step, context.end - context.start);
  if (!value) throw EvaluationFailure{std::move(value.error())};
  return *value;
}

Milliseconds positive_duration_of(const Duration& duration, const Context& context) {
  const Milliseconds value = duration_of(duration, context);
  if (value <= Milliseconds(0)) throw EvaluationFailure{"duration must be greater than 0"};
  return value;
}

}  // namespace

Timestamp shifted(const Shift& shift, const Context& context, Timestamp at) {
  switch (shift.at.kind) {
    case AtModifier::Kind::none:
      break;
    case AtModifier::Kind::time:
      at = shift.at.time;
      break;
    case AtModifier::Kind::start:
      at = context.start;
      break;
    case AtModifier::Kind::end:
      at = context.end;
      break;
  }
  return shift.offset ? at - duration_of(*shift.offset, context) : at;
}

void SelectedSeries::refresh(const Context& context, Rows& rows) {
  if (serial_ == context.serial) return;
  serial_ = context.serial;
  std::size_t known = refs_.size();
  if (context.series.select_new(matchers_, cursor_, refs_) == Snapshot::Selection::started_anew) {
    known = 0;
    rows.start_anew();
  }
  series_.clear();
  series_.reserve(refs_.size());
  std::size_t vanished = 0;
  for (std::size_t row = 0; row < known; ++row) {
    series_.push_back(context.series.find(refs_[row]));
    if (series_.back() == nullptr) ++vanished;
  }
  if (vanished > kFewRows && vanished > known / 4) {
    // From the index again: what only a later snapshot has, has not vanished.
    cursor_ = {};
    context.series.select_new(matchers_, cursor_, refs_);
    known = 0;
    rows.start_anew();
    series_.clear();
  }
  append_rows(context.series, known, rows);
}

void SelectedSeries::append_rows(const Snapshot& snapshot, std::size_t from, Rows& rows) {
  std::size_t kept = from;
  if (from == 0) rows.reserve(refs_.size());  // most often, all that there ever are
  for (std::size_t i = from; i < refs_.size(); ++i) {
    const Series* series = snapshot.find(refs_[i]);
    if (series == nullptr) continue;
    refs_[kept++] = refs_[i];
    series_.push_back(series);
    rows.add(series->labels());
  }
  refs_.resize(kept);
}

InstantSelector::InstantSelector(const VectorSelector& selector, SelectorYields yields)
    : selected_(selector.matchers), shift_(selector.shift), yields_(yields) {
  rows_.set_distinct();
}

void InstantSelector::evaluate(Context& context, Timestamp at) {
  selected_.refresh(context, rows_);
  frame_.reset(rows_.size());
  const Timestamp time = shifted(shift_, context, at);
  std::size_t found = 0;
  for (std::size_t row = 0; row < rows_.size(); ++row) {
    if (selected_[row] == nullptr) continue;
    const auto sample = selected_[row]->latest(time, context.limits.lookback);
    if (!sample) continue;
    frame_.set(row, yields_ == SelectorYields::values ? sample->value : seconds(sample->at));
    ++found;
  }
  context.count(found);
}

void InstantSelector::trace(std::uint32_t row, Context& /*context*/, Timestamp /*at*/, Provenance& out) {
  out.insert(rows_[row]);
}

RangeSelector::RangeSelector(const MatrixSelector& selector)
    : selected_(selector.selector.matchers), shift_(selector.selector.shift), range_(selector.range) {
  rows_.set_distinct();
}

void RangeSelector::evaluate(Context& context, Timestamp at) {
  selected_.refresh(context, rows_);
  end_ = shifted(shift_, context, at);
  begin_ = end_ - positive_duration_of(range_, context);
  context.count(rows_.size());
}

std::span<const SampleRun> RangeSelector::runs(std::uint32_t row) {
  runs_.clear();
  if (const Series* series = selected_[row]) {
    series->visit_runs(begin_, end_, [this](const SampleRun& run) { runs_.push_back(run); });
  }
  return runs_;
}

void RangeSelector::trace(std::uint32_t row, Context& /*context*/, Timestamp /*at*/, Provenance& out) {
  out.insert(rows_[row]);
}

SubqueryRange::SubqueryRange(VectorPtr inner, const Subquery& subquery)
    : inner_(std::move(inner)), shift_(subquery.shift), range_(subquery.range), step_(subquery.step) {
  rows_.set_distinct();
}

Milliseconds SubqueryRange::step(const Context& context) const {
  return step_ ? positive_duration_of(*step_, context) : context.limits.subquery_step;
}

/// Rows that came and went would otherwise pile up.
void SubqueryRange::start_anew() {
  const auto used = std::max(std::exchange(used_rows_, 0), used_rows());
  for (auto& window : windows_) window.clear();
  if (rows_.size() > kFewRows && used < rows_.size() - rows_.size() / 4) {
    rows_.start_anew();
    row_by_labels_.clear();
    row_by_inner_.clear();
    inner_follower_ = {};
    windows_.clear();
  }
}

std::size_t SubqueryRange::used_rows() const {
  return static_cast<std::size_t>(std::ranges::count_if(windows_, [](const auto& window) { return !window.empty(); }));
}

void SubqueryRange::release() {
  used_rows_ = used_rows();
  for (auto& window : windows_) free_memory(window);
  serial_ = 0;
  inner_->release();
}

void SubqueryRange::evaluate(Context& context, Timestamp at) {
  const Timestamp end = shifted(shift_, context, at);
  const Timestamp begin = end - positive_duration_of(range_, context);
  const bool moved_on = serial_ == context.serial && begin >= begin_ && end >= end_;
  if (!moved_on) {
    start_anew();
    evaluated_until_ = begin;
  }
  serial_ = context.serial;
  begin_ = begin;
  end_ = end;

  const Milliseconds every = step(context);
  const Milliseconds from = std::max(begin, evaluated_until_).time_since_epoch();
  for (Timestamp time(from / every * every); time <= end; time += every) {
    if (time.time_since_epoch() > from) evaluate_step(context, time);
  }
  evaluated_until_ = end;
}

void SubqueryRange::evaluate_step(Context& context, Timestamp at) {
  context.count(1);
  inner_->evaluate(context, at);
  if (inner_follower_.outdated(inner_->rows())) {
    inner_follower_.start(inner_->rows());
    row_by_inner_.clear();
  }
  inner_follower_.catch_up(inner_->rows(), [this](std::uint32_t row) { row_by_inner_.push_back(row_of(row)); });
  const Frame& frame = inner_->frame();
  for (std::size_t row = 0; row < frame.present.size(); ++row) {
    if (frame.present[row] == 0) continue;
    windows_[row_by_inner_[row]].push_back({at, Milliseconds(0), 1, frame.values[row]});
  }
}

std::uint32_t SubqueryRange::row_of(std::uint32_t inner_row) {
  const Labels& labels = inner_->rows()[inner_row];
  const auto [known, is_new] = row_by_labels_.emplace(labels, static_cast<std::uint32_t>(rows_.size()));
  if (is_new) {
    rows_.add(labels);
    windows_.emplace_back();
  }
  return known->second;
}

std::span<const SampleRun> SubqueryRange::runs(std::uint32_t row) {
  auto& window = windows_[row];
  const auto inside =
      std::ranges::partition_point(window, [this](const SampleRun& run) { return run.first <= begin_; });
  const auto forgotten = inside - window.begin();
  if (forgotten > static_cast<std::ptrdiff_t>(window.size() / 2)) {
    window.erase(window.begin(), inside);
    return window;
  }
  return std::span<const SampleRun>(window).subspan(static_cast<std::size_t>(forgotten));
}

void SubqueryRange::trace(std::uint32_t row, Context& context, Timestamp /*at*/, Provenance& out) {
  const Labels wanted = rows_[row];
  for (const SampleRun& point : std::vector<SampleRun>(runs(row).begin(), runs(row).end())) {
    inner_->evaluate(context, point.first);
    for (std::uint32_t inner = 0; inner < inner_->frame().present.size(); ++inner) {
      const bool same = inner_->frame().present[inner] != 0 && inner_->rows()[inner] == wanted;
      if (same) inner_->trace(inner, context, point.first, out);
    }
  }
}

}  // namespace a2od::promql
