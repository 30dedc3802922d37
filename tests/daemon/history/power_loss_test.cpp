// The power fails at any moment of writing: what was acknowledged is there afterwards, and nothing that never was.
#include "daemon/history/history.hpp"
#include "daemon/state/database.hpp"
#include "tests/daemon/state/forgetful_disk.hpp"
#include "tests/daemon/state/temporary_folder.hpp"

#include <SQLiteCpp/Database.h>
#include <gtest/gtest.h>
#include <spdlog/spdlog.h>

#include <cstdlib>
#include <map>
#include <random>
#include <string>

namespace a2od {
namespace {

using namespace std::chrono_literals;

const Timestamp kEvening = std::chrono::sys_days(std::chrono::year(2026) / 11 / 26) + 22h;

/// By series and time.
using Samples = std::map<std::pair<std::string, Timestamp>, double>;

Samples read_all(const std::filesystem::path& folder) {
  Store store;
  const promql::SeriesWindow all{{}, kEvening - 24h, kEvening + 72h};
  const auto unread = read_history(folder, DayContent::samples, std::span(&all, 1), store);
  for (const auto& day : unread) ADD_FAILURE() << day.why;
  Samples samples;
  const auto snapshot = store.snapshot();
  for (const auto ref : snapshot.select({})) {
    snapshot.find(ref)->visit_all_runs(Timestamp::min(), Timestamp::max(), [&](const SampleRun& run) {
      for (std::uint32_t i = 0; i < run.count; ++i)
        samples[{snapshot.labels(ref).to_string(), run.first + run.step * i}] = run.value;
    });
  }
  return samples;
}

void lose_power_while_writing(std::uint64_t seed) {
  test::TemporaryFolder folder;
  test::ForgetfulDisk disk(seed);
  std::mt19937_64 random(seed);
  Samples acknowledged;
  Samples written;
  Timestamp now = kEvening;
  for (int life = 0; life < 4; ++life) {
    Store store;
    SampleLog log;
    store.set_log(&log);
    HistoryWriter writer({.folder = folder.path()});
    disk.fail_power_after(1 + random() % 400);
    Samples since;  // the last acknowledgement
    for (int minute = 0; minute < 150 && disk.has_power(); ++minute) {
      now += 1min;
      for (int series = 0; series < 8; ++series) {
        if (random() % 4 == 0) continue;
        const Labels labels{{"__name__", "m" + std::to_string(series % 2)}, {"series", std::to_string(series)}};
        const double value = random() % 3 == 0 ? static_cast<double>(random() % 100) : 7;
        store.append(labels, now, value);
        since[{labels.to_string(), now}] = value;
      }
      writer.write(log.take());
      if (writer.status().writing && disk.has_power()) acknowledged.merge(std::exchange(since, {}));
      writer.upkeep(now);
    }
    for (const auto& [key, value] : acknowledged) written[key] = value;
    for (const auto& [key, value] : since) written[key] = value;
    writer = HistoryWriter({.folder = folder.path()});  // closes the files
    disk.restore_power();
    const auto found = read_all(folder.path());
    for (const auto& [key, value] : acknowledged) {
      const auto sample = found.find(key);
      ASSERT_TRUE(sample != found.end()) << key.first << " was lost, seed " << seed;
      ASSERT_EQ(sample->second, value) << key.first << ", seed " << seed;
    }
    for (const auto& [key, value] : found) {
      const auto sample = written.find(key);
      ASSERT_TRUE(sample != written.end() && sample->second == value)
          << key.first << " came from nowhere, seed " << seed;
      acknowledged[key] = value;
    }
    now += 1min;
  }
}

/// A2OD_POWER_CUTS tries more of them.
std::uint64_t seeds() {
  const char* wanted = std::getenv("A2OD_POWER_CUTS");
  return wanted == nullptr ? 40 : std::strtoull(wanted, nullptr, 10);
}

TEST(PowerLoss, CostsNothingOfTheHistoryThatWasAcknowledged) {
  const auto level = spdlog::get_level();
  spdlog::set_level(spdlog::level::off);
  for (std::uint64_t seed = 1; seed <= seeds() && !testing::Test::HasFatalFailure(); ++seed)
    lose_power_while_writing(seed);
  spdlog::set_level(level);
}

TEST(PowerLoss, CostsNothingOfTheStateThatWasCommitted) {
  for (std::uint64_t seed = 1; seed <= seeds(); ++seed) {
    test::TemporaryFolder folder;
    test::ForgetfulDisk disk(seed);
    std::mt19937_64 random(seed);
    int committed = 0;
    for (int life = 0; life < 4; ++life) {
      {
        auto database = Database::open(folder.path());
        ASSERT_TRUE(database) << database.error().message << ", seed " << seed;
        int found = 0;
        database->transaction([&](SQLite::Database& sqlite) {
          sqlite.exec("CREATE TABLE IF NOT EXISTS t (n INTEGER)");
          found = sqlite.execAndGet("SELECT coalesce(max(n), 0) FROM t").getInt();
        });
        ASSERT_TRUE(found == committed || found == committed + 1) << found << " of " << committed << ", seed " << seed;
        committed = found;
        disk.fail_power_after(1 + random() % 60);
        try {
          for (;; ++committed)
            database->transaction([&](SQLite::Database& sqlite) {
              sqlite.exec("INSERT INTO t VALUES (" + std::to_string(committed + 1) + ")");
            });
        } catch (const std::exception&) {  // the power failed
        }
      }
      disk.restore_power();
    }
  }
}

TEST(FullDisk, SamplesWaitInMemoryAndAreWrittenWhenThereIsRoom) {
  const auto level = spdlog::get_level();
  spdlog::set_level(spdlog::level::off);
  test::TemporaryFolder folder;
  test::ForgetfulDisk disk(1);
  {
    Store store;
    SampleLog log;
    store.set_log(&log);
    HistoryWriter writer({.folder = folder.path()});
    Samples written;
    for (int minute = 0; minute < 300; ++minute) {  // over midnight and some sealings
      const auto now = kEvening + std::chrono::minutes(minute);
      disk.set_full(minute >= 50 && minute < 200);
      for (int series = 0; series < 50; ++series) {
        const Labels labels{{"__name__", "m"}, {"series", std::to_string(series)}};
        const double value = minute % 5 == 0 ? minute : series;
        store.append(labels, now, value);
        written[{labels.to_string(), now}] = value;
      }
      writer.write(log.take());
      writer.upkeep(now);
      if (minute == 40 || minute == 250) EXPECT_TRUE(writer.status().writing) << writer.status().last_error;
      if (minute == 199) {
        EXPECT_FALSE(writer.status().writing);
        EXPECT_NE(writer.status().last_error.find("no space left"), std::string::npos) << writer.status().last_error;
      }
    }
    EXPECT_EQ(writer.status().samples_lost, 0U);
    EXPECT_EQ(read_all(folder.path()), written);
  }
  spdlog::set_level(level);
}

}  // namespace
}  // namespace a2od
