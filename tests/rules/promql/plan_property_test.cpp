// Random expressions over a random estate: a plan says what the plain evaluator says, whatever came and went since the
// plan's last evaluation. A2OD_SEEDS tries more than 30 estates; tests/daemon/history has the same with the disk.
#include "rules/series/chunk.hpp"
#include "tests/rules/promql/plan_against_plain.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

namespace a2od::promql {
namespace {

using namespace std::chrono_literals;

/// Writes the series as the history's chunks and reads them again; of some, the newest samples first.
class InChunks final : public Keeper {
 public:
  explicit InChunks(std::uint64_t seed) : random_(seed) {}

  void begin(Store&) override {}
  void keep(Store&, Timestamp) override {}
  std::unique_ptr<Store> restart(Store& old, std::span<const SeriesWindow> windows) override {
    const Snapshot series = old.snapshot();
    auto reborn = std::make_unique<Store>();
    for (const SeriesRef ref : series.select({})) {
      auto runs = runs_of(*series.find(ref), earliest(windows, series.labels(ref)));
      if (!runs.empty()) restore(*reborn, series.labels(ref), read_again(std::move(runs)));
    }
    return reborn;
  }

 private:
  static Timestamp earliest(std::span<const SeriesWindow> windows, const Labels& labels) {
    Timestamp after = Timestamp::max();
    for (const auto& window : windows)
      if (matches_all(window.matchers, labels)) after = std::min(after, window.after);
    return after;
  }

  static std::vector<PackedRun> runs_of(const Series& series, Timestamp after) {
    std::vector<PackedRun> runs;
    series.visit_all_runs(after, Timestamp::max(), [&](const SampleRun& run) { runs.push_back(PackedRun::of(run)); });
    return runs;
  }

  static std::vector<SampleRun> read_again(std::vector<PackedRun> runs) {
    const std::vector<SeriesRuns> one{{7, std::move(runs)}};
    const std::string bytes = *unpack(pack(encode_chunk(one)));
    ChunkReader reader(bytes);
    std::vector<SampleRun> read;
    while (reader.next_series())
      while (const auto run = reader.next_run()) read.push_back(*run);
    EXPECT_TRUE(reader.ok());
    return read;
  }

  void restore(Store& into, const Labels& labels, const std::vector<SampleRun>& runs) {
    const auto ref = into.create(labels);
    const auto later = static_cast<std::ptrdiff_t>(random_() % 2 == 0 ? 0 : random_() % runs.size());
    for (auto run = runs.begin() + later; run != runs.end(); ++run) into.append(ref, *run);
    into.prepend(ref, {runs.begin(), runs.begin() + later});
  }

  std::mt19937_64 random_;
};

TEST(Plan, SaysWhatThePlainEvaluatorSaysWhateverCameAndWentSinceItsLastEvaluation) {
  const auto* more = std::getenv("A2OD_SEEDS");
  const std::uint64_t seeds = more == nullptr ? 30 : std::stoull(more);
  Compared compared;
  for (std::uint64_t seed = 1; seed <= seeds && !HasFailure(); ++seed) {
    InChunks keeper(seed);
    hold_against_plain(seed, 80, keeper, compared);
  }
  const auto all = compared.with_rows + compared.without_rows + compared.failed;
  EXPECT_GT(compared.with_rows, all / 2);
  EXPECT_GT(compared.failed, all / 200);
  EXPECT_LT(compared.failed, all / 4);
  EXPECT_GT(compared.restarts, seeds);
  RecordProperty("evaluations", static_cast<int>(all));
}

}  // namespace
}  // namespace a2od::promql
