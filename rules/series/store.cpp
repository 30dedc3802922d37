#include "rules/series/store.hpp"

#include "rules/series/index_writer.hpp"
#include "rules/series/slabs.hpp"

#include <algorithm>
#include <utility>

namespace a2od {

std::size_t Store::HashOfLabels::operator()(std::uint32_t slot) const { return store->series(slot).labels_.hash(); }

bool Store::EqualLabels::operator()(const Labels& labels, std::uint32_t slot) const {
  return store->series(slot).labels_ == labels;
}

Store::Store()
    : state_(std::make_shared<StoreState>()),
      index_(std::make_unique<IndexWriter>()),
      by_labels_(0, HashOfLabels{this}, EqualLabels{this}) {
  state_->epoch = epoch_;
}

Store::~Store() = default;

StoreState& Store::writable() {
  if (state_->epoch != epoch_) {
    state_ = std::make_shared<StoreState>(*state_);
    state_->epoch = epoch_;
  }
  return *state_;
}

Series& Store::writable(std::uint32_t slot) {
  auto& block = writable().blocks[slot / SeriesBlock::kSeries];
  if (block->epoch != epoch_) {
    // Where no snapshot has it any more, it is ours again. The copy of the pointer comes after all that their readers
    // did: the count alone would not.
    if (block.use_count() == 1) {
      const auto after_readers = block;
    } else {
      block = std::allocate_shared<SeriesBlock>(SlabAllocator<SeriesBlock>(), *block);
    }
    block->epoch = epoch_;
  }
  return block->series[slot % SeriesBlock::kSeries];
}

const Series& Store::series(std::uint32_t slot) const {
  return state_->blocks[slot / SeriesBlock::kSeries]->series[slot % SeriesBlock::kSeries];
}

SeriesRef Store::append(const Labels& labels, Timestamp at, double value) {
  const auto known = find(labels);
  const SeriesRef ref = known ? *known : create(labels);
  append(ref, at, value);
  return ref;
}

Appended Store::append(SeriesRef ref, Timestamp at, double value) {
  if (ref.slot >= slots_ || series(ref.slot).incarnation_ != ref.incarnation) return Appended::vanished;
  const Series& current = series(ref.slot);
  if (!current.empty() && at <= current.newest()) {
    return at == current.newest() ? Appended::same_time : Appended::too_old;
  }
  const bool repeated = writable(ref.slot).append(PackedRun::of(at, value));
  if (log_ != nullptr) log_->add(at, ref.slot, value, repeated);
  return Appended::stored;
}

Appended Store::append(SeriesRef ref, SampleRun run) {
  if (ref.slot >= slots_ || series(ref.slot).incarnation_ != ref.incarnation) return Appended::vanished;
  const Series& current = series(ref.slot);
  if (!current.empty()) run = clip(run, current.newest(), Timestamp::max());
  if (run.count == 0) return Appended::too_old;
  writable(ref.slot).append(PackedRun::of(run));
  return Appended::stored;
}

void Store::prepend(SeriesRef ref, std::vector<SampleRun> runs) {
  if (ref.slot >= slots_ || series(ref.slot).incarnation_ != ref.incarnation) return;
  const Series& current = series(ref.slot);
  if (current.empty()) return;
  const Timestamp until = Timestamp(Milliseconds(current.oldest() - 1));
  for (SampleRun& run : runs) run = clip(run, Timestamp::min(), until);
  std::erase_if(runs, [](const SampleRun& run) { return run.count == 0; });
  if (!runs.empty()) writable(ref.slot).prepend(runs);
}

Appended Store::mark_stale(const Labels& labels, Timestamp at) {
  const auto known = find(labels);
  return known ? mark_stale(*known, at) : Appended::vanished;
}

std::optional<SeriesRef> Store::find(const Labels& labels) const {
  const auto known = by_labels_.find(labels);
  if (known == by_labels_.end()) return std::nullopt;
  return SeriesRef{*known, series(*known).incarnation_};
}

SeriesRef Store::create(const Labels& labels) {
  std::uint32_t slot = slots_;
  if (free_slots_.empty()) {
    if (slots_++ % SeriesBlock::kSeries == 0) {
      writable().blocks.push_back(std::allocate_shared<SeriesBlock>(SlabAllocator<SeriesBlock>()));
      state_->blocks.back()->epoch = epoch_;
    }
  } else {
    slot = free_slots_.back();
    free_slots_.pop_back();
  }
  Series& created = writable(slot);
  created.labels_ = labels;
  ++created.incarnation_;
  set_window(created);
  const SeriesRef ref{slot, created.incarnation_};
  by_labels_.insert(slot);
  index_->add(ref, labels);
  ++writable().born;
  if (log_ != nullptr) log_->born(slot, labels);
  return ref;
}

void Store::remove(std::uint32_t slot) {
  Series& gone = writable(slot);
  by_labels_.erase(slot);
  writable().forgotten.add(gone.labels_.get(kMetricName), gone.newest());
  const std::uint32_t incarnation = gone.incarnation_ + 1;
  gone = Series{};
  gone.incarnation_ = incarnation;
  free_slots_.push_back(slot);
  ++writable().vanished;
}

template <class KeptSince, class SeenSince>
void Store::truncate(KeptSince&& kept_since, SeenSince&& seen_since) {
  for (std::uint32_t slot = 0; slot < slots_; ++slot) {
    const Series& current = series(slot);
    if (current.empty()) continue;
    const auto limit = Timestamp(kept_since(current)).time_since_epoch().count();
    if (current.newest() < seen_since(SeriesRef{slot, current.incarnation_}, current)) {
      remove(slot);
    } else if (!current.sealed_.empty() && current.sealed_[0].last() < limit) {
      writable(slot).truncate(limit);
    }
  }
  if (index_->rows() > 2 * by_labels_.size() + SeriesBlock::kSeries) rebuild_index();
}

void Store::truncate(Timestamp before) {
  truncate([before](const Series&) { return before; }, [before](SeriesRef, const Series&) { return before; });
}

void Store::truncate_windows(Timestamp now, Timestamp silent_since, const IsNeeded& is_needed) {
  const auto kept_since = [now](const Series& series) { return Timestamp(now - series.window()); };
  truncate(kept_since, [&](SeriesRef ref, const Series& series) {
    const Timestamp since = kept_since(series);
    return series.has_ended() && !is_needed(ref) ? since : std::min(since, silent_since);
  });
}

void Store::set_windows(WindowOf window_of) {
  window_of_ = std::move(window_of);
  for (const std::uint32_t slot : by_labels_) set_window(writable(slot));
}

void Store::set_window(Series& series) const {
  if (!window_of_) return;
  series.window_ =
      static_cast<std::uint32_t>(std::chrono::ceil<std::chrono::seconds>(window_of_(series.labels_)).count());
}

void Store::set_log(SampleLog* log) {
  log_ = log;
  if (log_ == nullptr) return;
  for (const std::uint32_t slot : by_labels_) log_->born(slot, series(slot).labels_);
}

void Store::rebuild_index() {
  index_ = std::make_unique<IndexWriter>();
  for (std::uint32_t slot = 0; slot < slots_; ++slot) {
    const Series& current = series(slot);
    const bool in_use = current.incarnation_ % 2 == 1;  // be it created just now, without a sample yet
    if (in_use) index_->add({slot, current.incarnation_}, current.labels_);
  }
}

Snapshot Store::snapshot() {
  if (auto index = index_->publish(); index != state_->index) writable().index = std::move(index);
  ++epoch_;
  return Snapshot(state_);
}

std::size_t Store::approximate_bytes() const {
  std::size_t bytes = state_->blocks.size() * sizeof(SeriesBlock) + index_->approximate_bytes();
  for (std::uint32_t slot = 0; slot < slots_; ++slot) {
    const Series& current = series(slot);
    bytes += current.sealed_.bytes();
    bytes += current.labels_.bytes();
  }
  return bytes + by_labels_.size() * 2 * sizeof(std::uint32_t);
}

}  // namespace a2od
