#include "rules/series/series.hpp"

#include <bit>
#include <limits>
#include <utility>

namespace a2od {
namespace {

constexpr std::uint64_t kStaleBits = 0x7ff0000000000002;
constexpr std::int64_t kMillisecondsASecond = 1000;

bool same_bits(double a, double b) { return std::bit_cast<std::uint64_t>(a) == std::bit_cast<std::uint64_t>(b); }

}  // namespace

double stale_marker() { return std::bit_cast<double>(kStaleBits); }
bool is_stale_marker(double value) { return std::bit_cast<std::uint64_t>(value) == kStaleBits; }

SampleRun clip(SampleRun run, Timestamp after, Timestamp until) {
  if (run.count == 0 || run.first > until || run.last() <= after) return {run.first, run.step, 0, run.value};
  if (run.first <= after) {
    const auto skipped = (after - run.first) / run.step + 1;
    run.first += run.step * skipped;
    run.count -= static_cast<std::uint32_t>(skipped);
  }
  if (run.count > 0 && run.last() > until) {
    run.count = run.first > until ? 0 : static_cast<std::uint32_t>((until - run.first) / run.step + 1);
  }
  return run;
}

bool PackedRun::extend(const PackedRun& next) {
  if (count == 0 || !same_bits(next.value, value)) return false;
  if (next.count > std::numeric_limits<std::uint32_t>::max() - count) return false;
  const std::int64_t distance = next.first - last();
  if (distance <= 0 || distance > std::numeric_limits<std::uint32_t>::max()) return false;
  if (count > 1 && distance != step) return false;
  if (next.count > 1 && distance != next.step) return false;
  step = static_cast<std::uint32_t>(distance);
  count += next.count;
  return true;
}

bool Series::append(const PackedRun& run) {
  const bool repeated = open_.count > 0 && same_bits(open_.value, run.value);
  if (open_.extend(run)) return true;
  if (open_.count > 0) {
    // Rather than grow, it forgets what has left the window.
    if (sealed_.is_full() && window_ > 0) truncate(run.first - std::int64_t{window_} * kMillisecondsASecond);
    sealed_.push_back(open_);
  }
  open_ = run;
  return repeated;
}

void Series::prepend(std::span<const SampleRun> runs) {
  AppendOnly<PackedRun> all;
  for (const SampleRun& run : runs) all.push_back(PackedRun::of(run));
  for (const PackedRun& run : sealed_.items()) all.push_back(run);
  sealed_ = std::move(all);
}

void Series::truncate(std::int64_t before) {
  const auto runs = sealed_.items();
  const auto kept = std::ranges::partition_point(runs, [&](const PackedRun& run) { return run.last() < before; });
  if (kept != runs.begin()) sealed_.drop_front(static_cast<std::size_t>(kept - runs.begin()));
}

bool Series::has_samples(Timestamp from, Timestamp until) const {
  bool any = false;
  visit_runs(from - Milliseconds(1), until, [&](const SampleRun&) { any = true; });
  return any;
}

std::optional<StoredSample> Series::latest(Timestamp at, Milliseconds lookback) const {
  const std::int64_t now = at.time_since_epoch().count();
  const PackedRun* run = &open_;
  if (open_.count == 0 || open_.first > now) {
    const auto runs = sealed_.items();
    const auto later =
        std::ranges::partition_point(runs, [&](const PackedRun& candidate) { return candidate.first <= now; });
    if (later == runs.begin()) return {};
    run = &*(later - 1);
  }
  const std::int64_t last = run->last();
  const std::int64_t time = last <= now ? last : run->first + (now - run->first) / run->step * run->step;
  if (time <= now - lookback.count() || is_stale_marker(run->value)) return {};
  return StoredSample{Timestamp(Milliseconds(time)), run->value};
}

}  // namespace a2od
