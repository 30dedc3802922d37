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

std::optional<std::size_t> SealedRun::unit_of(std::int64_t step) {
  for (std::size_t unit = 0; unit < kUnits.size(); ++unit)
    if (step % kUnits[unit] == 0 && step / kUnits[unit] <= kMostSteps) return unit;
  return std::nullopt;
}

SealedRun SealedRun::first_of(const PackedRun& run) {
  constexpr std::int64_t kFarthest = (std::int64_t{1} << (kTimeBits - 1)) - 1;
  SealedRun sealed;
  sealed.value_ = run.value;
  sealed.first_ = std::clamp(run.first, -kFarthest, kFarthest);
  const auto unit = unit_of(run.step);
  if (run.count < 2 || !unit) return sealed;
  sealed.count_ = static_cast<std::uint64_t>(std::min<std::int64_t>(run.count, kMostSamples));
  sealed.steps_ = static_cast<std::uint64_t>(run.step / kUnits[*unit]);
  sealed.unit_ = *unit;
  return sealed;
}

std::size_t SealedRun::needed_for(const SampleRun& run) {
  return unit_of(run.step.count()) ? (run.count + kMostSamples - 1) / kMostSamples : run.count;
}

namespace {

/// `run` has samples.
void seal(AppendOnly<SealedRun>& runs, PackedRun run) {
  while (run.count > 0) {
    const auto sealed = SealedRun::first_of(run);
    runs.push_back(sealed);
    run.first += static_cast<std::int64_t>(run.step) * sealed.count();
    run.count -= sealed.count();
  }
}

}  // namespace

bool Series::append(const PackedRun& run) {
  const bool repeated = open_.count > 0 && same_bits(open_.value, run.value);
  if (open_.extend(run)) return true;
  if (open_.count > 0) {
    // Rather than grow, it forgets what has left the window.
    if (sealed_.is_full() && window_ > 0) truncate(run.first - std::int64_t{window_} * kMillisecondsASecond);
    seal(sealed_, open_);
  }
  open_ = run;
  return repeated;
}

void Series::prepend(std::span<const SampleRun> runs) {
  AppendOnly<SealedRun> all;
  for (const SampleRun& run : runs) seal(all, PackedRun::of(run));
  for (const SealedRun& run : sealed_.items()) all.push_back(run);
  sealed_ = std::move(all);
}

void Series::truncate(std::int64_t before) {
  const auto runs = sealed_.items();
  const auto kept = std::ranges::partition_point(runs, [&](const SealedRun& run) { return run.last() < before; });
  if (kept != runs.begin()) sealed_.drop_front(static_cast<std::size_t>(kept - runs.begin()));
}

bool Series::has_samples(Timestamp from, Timestamp until) const {
  bool any = false;
  visit_runs(from - Milliseconds(1), until, [&](const SampleRun&) { any = true; });
  return any;
}

std::optional<StoredSample> Series::latest(Timestamp at, Milliseconds lookback) const {
  const std::int64_t now = at.time_since_epoch().count();
  const auto latest_of = [&](std::int64_t first, std::int64_t step, std::int64_t last,
                             double value) -> std::optional<StoredSample> {
    const std::int64_t time = last <= now ? last : first + (now - first) / step * step;
    if (time <= now - lookback.count() || is_stale_marker(value)) return {};
    return StoredSample{Timestamp(Milliseconds(time)), value};
  };
  if (open_.count > 0 && open_.first <= now) return latest_of(open_.first, open_.step, open_.last(), open_.value);
  const auto runs = sealed_.items();
  const auto later =
      std::ranges::partition_point(runs, [&](const SealedRun& candidate) { return candidate.first() <= now; });
  if (later == runs.begin()) return {};
  const SealedRun& run = *(later - 1);
  return latest_of(run.first(), run.step(), run.last(), run.value());
}

}  // namespace a2od
