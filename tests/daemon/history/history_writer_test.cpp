#include "daemon/history/history_writer.hpp"

#include "daemon/history/day_file.hpp"
#include "daemon/history/history.hpp"
#include "tests/daemon/state/temporary_folder.hpp"

#include <SQLiteCpp/Database.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <random>

namespace a2od {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using promql::SeriesWindow;
using ::testing::HasSubstr;

const Timestamp kMorning = std::chrono::sys_days(std::chrono::year(2026) / 11 / 26) + 8h;

Labels named(std::string_view name, std::string_view environment = "a") {
  return {{"__name__", name}, {"environment", environment}};
}

/// A store whose samples are written down, and read again from the files alone.
class HistoryTest : public ::testing::Test {
 protected:
  HistoryTest() { store_.set_log(&log_); }

  void write() { writer_.write(log_.take()); }
  void restart() {
    writer_ = HistoryWriter(options());
    store_.set_log(nullptr);
    log_ = {};
    store_.set_log(&log_);
  }
  /// Ten minutes of `up` at 1, then from the fifth one on fifteen of this value, sealed together.
  void write_with_a_clock_set_back(double value) {
    for (int minute = 0; minute < 10; ++minute) store_.append(named("up"), kMorning + std::chrono::minutes(minute), 1);
    write();
    restart();
    Store other;
    SampleLog log;
    other.set_log(&log);
    for (int minute = 5; minute < 20; ++minute)
      other.append(named("up"), kMorning + std::chrono::minutes(minute), value);
    writer_.write(log.take());
    writer_.upkeep(kMorning + 2h);
  }
  [[nodiscard]] HistoryOptions options() const { return {.folder = folder_.path() / "history"}; }
  [[nodiscard]] fs::path file(Timestamp at) const { return day_file(options().folder, day_of(at)); }

  std::unique_ptr<Store> read(std::vector<SeriesWindow> windows, std::vector<UnreadDay>* unread = nullptr) {
    auto store = std::make_unique<Store>();
    auto failed = read_history(options().folder, DayContent::samples, windows, *store);
    if (unread != nullptr) *unread = std::move(failed);
    return store;
  }

  test::TemporaryFolder folder_;
  SampleLog log_;
  Store store_;
  HistoryWriter writer_{options()};
};

/// Every sample of every series, stale markers included.
std::string everything(Store& store, Timestamp after = Timestamp::min()) {
  const auto snapshot = store.snapshot();
  std::map<std::string, std::string> all;
  for (const auto ref : snapshot.select({})) {
    auto& text = all[snapshot.labels(ref).to_string()];
    snapshot.find(ref)->visit_all_runs(after, Timestamp::max(), [&](const SampleRun& run) {
      for (std::uint32_t i = 0; i < run.count; ++i)
        text += std::to_string((run.first + run.step * i).time_since_epoch().count()) + "=" +
                std::to_string(std::bit_cast<std::uint64_t>(run.value)) + " ";
    });
  }
  std::string out;
  for (const auto& [labels, samples] : all)
    if (!samples.empty()) out += labels + ": " + samples + "\n";
  return out;
}

SeriesWindow all_of(Timestamp after = Timestamp::min() + 24h, Timestamp until = Timestamp::max() - 24h) {
  return {{}, after, until};
}

TEST_F(HistoryTest, SeriesWithMoreLabelsThanOneRowMayHaveAreReadAgain) {
  const std::string text(std::size_t{1} << 20, 'a');
  constexpr std::size_t kSeries = 260;
  for (std::size_t i = 0; i < kSeries; ++i)
    store_.append(named("m", std::to_string(i) + text), kMorning, static_cast<double>(i));
  write();
  restart();
  EXPECT_EQ(read({all_of()})->series_count(), kSeries);
  writer_.upkeep(kMorning + 24h);
  EXPECT_EQ(writer_.status().damaged_files, 0U);
  EXPECT_EQ(read({all_of()})->series_count(), kSeries);
}

TEST_F(HistoryTest, WhatIsWrittenIsReadAgainToTheSample) {
  std::mt19937_64 random(3);
  for (int minute = 0; minute < 400; ++minute) {
    const auto at = kMorning + std::chrono::minutes(minute);
    for (int series = 0; series < 20; ++series) {
      if (random() % 10 == 0) continue;
      const double value = random() % 5 == 0 ? static_cast<double>(random() % 3) : series;
      store_.append(named("m" + std::to_string(series % 3), std::to_string(series)), at, value);
      if (random() % 50 == 0)
        store_.mark_stale(named("m" + std::to_string(series % 3), std::to_string(series)), at + 1s);
    }
    write();
    writer_.upkeep(at);
    if (minute == 150) restart();
  }
  auto read_again = read({all_of()});
  EXPECT_EQ(everything(*read_again), everything(store_));
  EXPECT_TRUE(writer_.status().writing);
  EXPECT_EQ(writer_.status().failures, 0U);
}

TEST_F(HistoryTest, ADayHasAFileAndWhatCrossesMidnightIsRead) {
  const auto evening = kMorning + 15h + 50min;
  for (int minute = 0; minute < 30; ++minute) {
    store_.append(named("up"), evening + std::chrono::minutes(minute), 1);
    write();
  }
  writer_.upkeep(evening + 30min);
  writer_.upkeep(evening + 41min);
  EXPECT_TRUE(fs::exists(file(evening)));
  EXPECT_TRUE(fs::exists(file(evening + 30min)));
  EXPECT_FALSE(fs::exists(file(evening).string() + "-wal")) << "a day that is over is one file";
  auto read_again = read({all_of()});
  EXPECT_EQ(everything(*read_again), everything(store_));
  EXPECT_EQ(read_again->snapshot().runs(*read_again->find(named("up")), evening - 1s, evening + 1h).size(), 1U);
}

TEST_F(HistoryTest, ADayWhoseSeriesCameOneByOneIsSmallOnceItIsOver) {
  for (int series = 0; series < 2000; ++series) {
    store_.append(named("m" + std::to_string(series % 3), "Subsidiary " + std::to_string(series)), kMorning, series);
    write();
  }
  writer_.upkeep(kMorning + 20h);
  const auto before = fs::file_size(file(kMorning)) + fs::file_size(file(kMorning).string() + "-wal");
  writer_.upkeep(kMorning + 40h);
  EXPECT_LT(fs::file_size(file(kMorning)), before / 8);
  const auto read_again = read({all_of()});
  EXPECT_EQ(everything(*read_again), everything(store_));
}

TEST_F(HistoryTest, OnlyWhatIsAskedForIsRead) {
  for (int minute = 0; minute < 120; ++minute)
    for (const auto* environment : {"a", "b"})
      for (const auto* name : {"up", "other"})
        store_.append(named(name, environment), kMorning + std::chrono::minutes(minute), minute % 7);
  write();
  writer_.upkeep(kMorning + 3h);  // seals
  for (int minute = 120; minute < 180; ++minute)
    store_.append(named("up"), kMorning + std::chrono::minutes(minute), minute % 7);
  write();
  const std::vector<Matcher> up{Matcher::equal("__name__", "up"), Matcher::equal("environment", "a")};
  auto found = read({{up, kMorning + 100min, kMorning + 150min}});
  EXPECT_EQ(found->series_count(), 1U);
  const auto runs = found->snapshot().runs(*found->find(named("up")), kMorning, kMorning + 24h);
  EXPECT_EQ(runs.front().first, kMorning + 101min);
  EXPECT_EQ(runs.back().last(), kMorning + 150min);
}

TEST_F(HistoryTest, ARestartGoesOnWithTheSameNumbers) {
  for (int round = 0; round < 5; ++round) {
    for (int series = 0; series < 500; ++series)
      store_.append(named("m", std::to_string(series)), kMorning + std::chrono::minutes(round), 1);
    write();
    restart();
  }
  const auto before = fs::file_size(file(kMorning));
  EXPECT_LT(before, 400'000U) << "label sets written five times would take more";
  auto read_again = read({all_of()});
  EXPECT_EQ(everything(*read_again), everything(store_));
}

TEST_F(HistoryTest, ADayLeftUnsealedIsTriedAgainEachHour) {
  store_.append(named("up"), kMorning, 1);
  write();
  restart();
  const auto rows = [&] {
    return open_day_file(file(kMorning), DayFileUse::read)->execAndGet("SELECT count(*) FROM journal").getInt();
  };
  const fs::path in_the_way = file(kMorning).string() + "-wal";
  fs::create_directory(in_the_way);
  writer_.upkeep(kMorning + 24h);
  EXPECT_FALSE(writer_.status().writing);
  fs::remove(in_the_way);
  writer_.upkeep(kMorning + 24h + 5s);
  EXPECT_TRUE(writer_.status().writing) << "the new day is";
  EXPECT_EQ(rows(), 1);
  writer_.upkeep(kMorning + 25h);
  EXPECT_EQ(rows(), 0);
  EXPECT_EQ(everything(*read({all_of()})), everything(store_));
}

TEST_F(HistoryTest, WhatIsOlderThanTheRetentionIsDeletedByWholeDays) {
  for (int day = 0; day < 40; ++day) store_.append(named("up"), kMorning + std::chrono::days(day), 1);
  write();
  writer_.upkeep(kMorning + std::chrono::days(39));
  const auto days = days_in(options().folder);
  EXPECT_EQ(days.size(), 36U) << "today and 35 days before";
  EXPECT_EQ(days.front(), day_of(kMorning + std::chrono::days(4)));
}

TEST_F(HistoryTest, ADamagedFileIsSetAsideAndTheDayGoesOnInANewOne) {
  store_.append(named("up"), kMorning, 1);
  write();
  writer_ = HistoryWriter(options());
  {
    std::ofstream damage(file(kMorning), std::ios::binary | std::ios::trunc);
    damage << std::string(5000, 'x');
  }
  fs::remove(file(kMorning).string() + "-wal");
  std::vector<UnreadDay> unread;
  (void)read({all_of()}, &unread);
  ASSERT_EQ(unread.size(), 1U);
  EXPECT_TRUE(unread[0].damaged);
  EXPECT_THAT(unread[0].why, HasSubstr("2026-11-26.db' is damaged"));

  store_.set_log(nullptr);
  store_.set_log(&log_);
  store_.append(named("up"), kMorning + 1min, 2);
  write();  // finds the damage
  write();
  EXPECT_EQ(writer_.status().damaged_files, 1U);
  EXPECT_TRUE(fs::exists(file(kMorning).string() + ".damaged"));
  auto rest = read({all_of()}, &unread);
  EXPECT_TRUE(unread.empty());
  EXPECT_EQ(rest->snapshot().latest(*rest->find(named("up")), kMorning + 1min, 5min)->value, 2);
}

TEST_F(HistoryTest, AChunkWithAWrongByteIsDamage) {
  for (int series = 0; series < 50; ++series) store_.append(named("m", std::to_string(series)), kMorning, series);
  write();
  writer_.upkeep(kMorning + 20h);
  writer_.upkeep(kMorning + 30h);
  std::string bytes;
  {
    std::ifstream in(file(kMorning), std::ios::binary);
    bytes.assign(std::istreambuf_iterator<char>(in), {});
  }
  // Somewhere in the only chunk's blob, which SQLite has no checksum for.
  const auto page = bytes.rfind("\x78\x01");
  ASSERT_NE(page, std::string::npos);
  bytes[page + 20] ^= 0x55;
  std::ofstream(file(kMorning), std::ios::binary | std::ios::trunc) << bytes;
  std::vector<UnreadDay> unread;
  (void)read({all_of()}, &unread);
  ASSERT_EQ(unread.size(), 1U);
  EXPECT_TRUE(unread[0].damaged) << unread[0].why;
}

TEST_F(HistoryTest, WhileTheFolderCannotBeWrittenSamplesWaitAndAreWrittenLater) {
  const auto folder = options().folder;
  fs::remove_all(folder);
  std::ofstream(folder).put('x');  // a file is in the way
  writer_ = HistoryWriter(options());
  for (int minute = 0; minute < 10; ++minute) {
    store_.append(named("up"), kMorning + std::chrono::minutes(minute), minute);
    write();
  }
  EXPECT_FALSE(writer_.status().writing);
  EXPECT_EQ(writer_.status().samples_lost, 0U);
  EXPECT_THAT(writer_.status().last_error, HasSubstr("2026-11-26.db"));
  fs::remove(folder);
  fs::create_directory(folder);
  writer_.upkeep(kMorning + 10min);
  EXPECT_TRUE(writer_.status().writing);
  auto read_again = read({all_of()});
  EXPECT_EQ(everything(*read_again), everything(store_));
}

TEST_F(HistoryTest, WhatWaitsIsBoundedAndWhatIsLostIsCounted) {
  const auto folder = options().folder;
  fs::remove_all(folder);
  std::ofstream(folder).put('x');  // a file is in the way
  auto bounded = options();
  bounded.most_waiting_bytes = 2000;
  writer_ = HistoryWriter(bounded);
  for (int minute = 0; minute < 100; ++minute) {
    store_.append(named("up"), kMorning + std::chrono::minutes(minute), 1);
    write();
  }
  EXPECT_GT(writer_.status().samples_lost, 70U);
  fs::remove(folder);
  fs::create_directory(folder);
  writer_.upkeep(kMorning + 100min);
  auto rest = read({all_of()});
  const auto runs = rest->snapshot().runs(*rest->find(named("up")), kMorning, kMorning + 24h);
  ASSERT_EQ(runs.size(), 1U);
  EXPECT_EQ(runs[0].value, 1);
  EXPECT_EQ(runs[0].count + writer_.status().samples_lost, 100U);
}

TEST_F(HistoryTest, ASeriesThatVanishesAndComesBackIsOne) {
  store_.append(named("up"), kMorning, 1);
  write();
  store_.truncate(kMorning + 1min);
  store_.append(named("other"), kMorning + 2min, 5);  // in the slot of the first
  write();
  store_.append(named("up"), kMorning + 3min, 2);
  write();
  auto read_again = read({all_of()});
  EXPECT_EQ(read_again->series_count(), 2U);
  const auto runs = read_again->snapshot().runs(*read_again->find(named("up")), kMorning - 1s, kMorning + 24h);
  ASSERT_EQ(runs.size(), 2U);
  EXPECT_EQ(runs[0].value, 1);
  EXPECT_EQ(runs[1].value, 2);
}

TEST_F(HistoryTest, ASecondReportOfOneDamageDoesNotTouchTheNewFile) {
  store_.append(named("up"), kMorning, 1);
  write();
  const auto damaged = identity_of(file(kMorning));
  writer_.report_damaged(day_of(kMorning), damaged, "one reader");
  store_.append(named("up"), kMorning + 1min, 2);
  write();
  writer_.report_damaged(day_of(kMorning), damaged, "another reader");
  EXPECT_TRUE(fs::exists(file(kMorning)));
  EXPECT_EQ(writer_.status().damaged_files, 1U);
  writer_.report_damaged(day_of(kMorning), identity_of(file(kMorning)), "a new damage");
  EXPECT_EQ(writer_.status().damaged_files, 2U) << "neither takes the other's name";
  writer_.upkeep(kMorning + 2min);
  EXPECT_EQ(writer_.status().damaged_files, 2U);
  writer_.upkeep(kMorning + std::chrono::days(50));
  EXPECT_EQ(writer_.status().damaged_files, 0U) << "they are deleted with their day";
}

TEST_F(HistoryTest, DaysThatExpireWhileTheDaemonWasAwayAreNoFailure) {
  for (int day = 0; day < 5; ++day) store_.append(named("up"), kMorning + std::chrono::days(day), 1);
  write();
  restart();
  for (int i = 0; i < 10; ++i) writer_.upkeep(kMorning + std::chrono::days(60) + i * 5s);
  EXPECT_EQ(writer_.status().failures, 0U);
  EXPECT_TRUE(writer_.status().writing);
  EXPECT_TRUE(days_in(options().folder).empty());
}

TEST_F(HistoryTest, AfterTheClockWasSetBackTheDayCanStillBeRead) {
  write_with_a_clock_set_back(1);
  std::vector<UnreadDay> unread;
  const auto found = read({all_of()}, &unread);
  EXPECT_TRUE(unread.empty());
  const auto runs = found->snapshot().runs(*found->find(named("up")), kMorning - 1s, kMorning + 24h);
  ASSERT_EQ(runs.size(), 1U);
  EXPECT_EQ(runs[0].count, 20U);
}

TEST_F(HistoryTest, WhatAClockSetBackWritesAgainHasTheValuesOfItsOwnOnceItIsNewer) {
  write_with_a_clock_set_back(2);
  const auto found = read({all_of()});
  const auto runs = found->snapshot().runs(*found->find(named("up")), kMorning - 1s, kMorning + 24h);
  ASSERT_EQ(runs.size(), 2U);
  EXPECT_EQ(runs[0].value, 1);
  EXPECT_EQ(runs[0].count, 10U);
  EXPECT_EQ(runs[1].value, 2);
  EXPECT_EQ(runs[1].count, 10U);
}

TEST_F(HistoryTest, ADayThatClosesKeepsTheRestOfARunThatBeginsWhereTheOneBeforeEnds) {
  store_.append(named("backup_size"), kMorning + 110min, 5);
  write();
  writer_.upkeep(kMorning + 170min);  // seals
  restart();
  Store other;  // has forgotten the series, whose exporter goes on with the time that it had
  SampleLog log;
  other.set_log(&log);
  for (const auto minute : {110min, 140min, 170min}) other.append(named("backup_size"), kMorning + minute, 5);
  writer_.write(log.take());
  writer_.upkeep(kMorning + 3h);
  const auto sealed = everything(*read({all_of()}));
  writer_.upkeep(kMorning + 24h);
  writer_.upkeep(kMorning + 25h);  // closes
  EXPECT_EQ(everything(*read({all_of()})), sealed);
  const auto found = read({all_of()});
  const auto runs = found->snapshot().runs(*found->find(named("backup_size")), kMorning, kMorning + 24h);
  ASSERT_EQ(runs.size(), 1U);
  EXPECT_EQ(runs[0].count, 3U);
}

TEST_F(HistoryTest, OtherFilesAndForeignDatabasesAreNotTouched) {
  fs::create_directories(options().folder);
  std::ofstream(options().folder / "notes.txt") << "mine";
  std::ofstream(options().folder / "2026-13-01.db") << "mine";
  store_.append(named("up"), kMorning, 1);
  write();
  writer_.upkeep(kMorning + std::chrono::days(400));
  EXPECT_TRUE(fs::exists(options().folder / "notes.txt"));
  EXPECT_TRUE(fs::exists(options().folder / "2026-13-01.db"));
  EXPECT_TRUE(days_in(options().folder).empty());
}

}  // namespace
}  // namespace a2od
