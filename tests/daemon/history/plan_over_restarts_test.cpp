// As tests/rules/promql/plan_property_test, with the samples on disk from one run of the daemon to the next.
// A2OD_SEEDS tries more than 6 estates.
#include "daemon/history/history.hpp"
#include "tests/daemon/state/temporary_folder.hpp"
#include "tests/rules/promql/plan_against_plain.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <string>
#include <vector>

namespace a2od {
namespace {

class OnDisk final : public promql::Keeper {
 public:
  void begin(Store& store) override { store.set_log(&log_); }

  void keep(Store&, Timestamp now) override {
    writer_->write(log_.take());
    if (++intervals_ % 10 == 0) writer_->upkeep(now);
  }

  std::unique_ptr<Store> restart(Store&, std::span<const promql::SeriesWindow> windows) override {
    auto reborn = std::make_unique<Store>();
    for (const auto& day : read_history(options_.folder, DayContent::samples, windows, *reborn))
      ADD_FAILURE() << day.why;
    EXPECT_TRUE(writer_->status().writing) << writer_->status().last_error;
    writer_.emplace(options_);
    log_ = {};
    reborn->set_log(&log_);
    return reborn;
  }

 private:
  test::TemporaryFolder folder_;
  HistoryOptions options_{.folder = folder_.path() / "history"};
  SampleLog log_;
  std::optional<HistoryWriter> writer_{options_};
  int intervals_ = 0;
};

TEST(PlanOverRestarts, SaysWhatThePlainEvaluatorSaysOverWhatTheDiskHas) {
  const auto* more = std::getenv("A2OD_SEEDS");
  const std::uint64_t seeds = more == nullptr ? 6 : std::stoull(more);
  promql::Compared compared;
  for (std::uint64_t seed = 1; seed <= seeds && !HasFailure(); ++seed) {
    OnDisk keeper;
    promql::hold_against_plain(seed, 150, keeper, compared);
  }
  EXPECT_GT(compared.restarts, seeds);
  EXPECT_GT(compared.with_rows, compared.without_rows);
}

}  // namespace
}  // namespace a2od
