// The audit's table: what is appended stays as it is until its time is over, and is durable together with its cause.
#include "daemon/state/events.hpp"

#include "daemon/state/state_writer.hpp"
#include "tests/daemon/notify/fixtures.hpp"
#include "tests/daemon/state/temporary_folder.hpp"

#include <SQLiteCpp/Database.h>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace a2od {
namespace {

using namespace test;
using testing::ElementsAre;
using testing::IsEmpty;

class EventsTest : public testing::Test {
 protected:
  EventsTest() { reopen(); }

  void reopen() {
    database_.reset();
    auto opened = Database::open(folder_.path());
    if (!opened) throw std::runtime_error(opened.error().message);
    database_.emplace(std::move(*opened));
  }

  void add(Timestamp at, EventKind kind = "alert.firing") {
    append(*database_, {.events = {row_of({at, kind, Labels{{"alertname", "Down"}}})}});
  }

  [[nodiscard]] std::vector<std::uint64_t> ids(const EventQuery& query = {.newest_first = false}) const {
    std::vector<std::uint64_t> found;
    visit_events(database_->file(), query, [&](const StoredEvent& event) {
      found.push_back(event.id);
      return true;
    });
    return found;
  }

  bool write(const std::function<void(Database&)>& work) {
    boost::asio::io_context io;
    StateWriter writer(*database_, io.get_executor(), journal_);
    bool written = false;
    boost::asio::co_spawn(
        io, [&]() -> boost::asio::awaitable<void> { written = co_await writer.write("test", work); },
        [](const std::exception_ptr& failure) { EXPECT_FALSE(failure); });
    io.run();
    return written;
  }

  TemporaryFolder folder_;
  std::optional<Database> database_;
  Journal journal_;
};

TEST_F(EventsTest, AreReadByTimeKindAndIdInEitherOrder) {
  add(kStart);
  add(kStart + 1min, "silence.created");
  add(kStart + 2min);
  EXPECT_THAT(ids(), ElementsAre(1, 2, 3));
  EXPECT_THAT(ids({}), ElementsAre(3, 2, 1));
  EXPECT_THAT(ids({.start = kStart + 1min, .end = kStart + 2min}), ElementsAre(2));
  EXPECT_THAT(ids({.after = 1, .before = 3}), ElementsAre(2));
  EXPECT_THAT(ids({.kinds = {"silence.created", "silence.changed"}}), ElementsAre(2));
  std::string text;
  visit_events(database_->file(), {}, [&](const StoredEvent& event) {
    text = std::string(event.kind) + std::string(event.labels) + std::string(event.details);
    EXPECT_EQ(event.at, kStart + 2min);
    return false;
  });
  EXPECT_EQ(text, R"(alert.firing{"alertname":"Down"}{})");
  EXPECT_EQ(newest_event(*database_), kStart + 2min);
}

TEST_F(EventsTest, ThatWereLostAreAnEventOfTheirOwn) {
  append(*database_, {.events = {}, .lost = 5, .lost_until = kStart});
  std::string details;
  visit_events(database_->file(), {}, [&](const StoredEvent& event) {
    details = std::string(event.kind) + std::string(event.details);
    return true;
  });
  EXPECT_EQ(details, R"(events.lost{"count":5})");
}

TEST_F(EventsTest, AreNeverChanged) {
  add(kStart);
  const auto rewrite = [&] {
    database_->transaction([](SQLite::Database& sqlite) { sqlite.exec("UPDATE event SET labels = '{}'"); });
  };
  EXPECT_THROW(rewrite(), std::runtime_error);
  EXPECT_THAT(ids(), ElementsAre(1));
}

TEST_F(EventsTest, LeaveByAgeAFewAtATime) {
  for (int i = 0; i < 5; ++i) add(kStart + std::chrono::hours(i));
  const EventRetention retention{.age = 2h, .count = 100};
  EXPECT_EQ(forget_events(*database_, retention, 2, kStart + 6h), 2U);
  EXPECT_EQ(forget_events(*database_, retention, 2, kStart + 6h), 2U);
  EXPECT_EQ(forget_events(*database_, retention, 2, kStart + 6h), 0U);
  EXPECT_THAT(ids(), ElementsAre(5));
}

TEST_F(EventsTest, LeaveByCountAndTheirIdsAreNotGivenAgain) {
  for (int i = 0; i < 5; ++i) add(kStart);
  EXPECT_EQ(forget_events(*database_, {.age = 24h, .count = 2}, 100, kStart), 3U);
  EXPECT_THAT(ids(), ElementsAre(4, 5));
  EXPECT_EQ(forget_events(*database_, {.age = 1h, .count = 2}, 100, kStart + 2h), 2U);
  EXPECT_EQ(forget_events(*database_, {.age = 1h, .count = 2}, 100, kStart + 2h), 0U);
  reopen();
  add(kStart);
  EXPECT_THAT(ids(), ElementsAre(6));
}

TEST_F(EventsTest, ACancelledQueryEnds) {
  for (int i = 0; i < 3; ++i) add(kStart);
  const std::atomic<bool> cancelled = true;
  database_->transaction([](SQLite::Database& sqlite) {
    sqlite.exec(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000) "
        "INSERT INTO event (at, kind, labels, details) SELECT i, 'alert.firing', '{}', '{}' FROM n");
  });
  EXPECT_LT(ids({.kinds = {"daemon.started"}, .cancelled = &cancelled}).size(), 1U);
  EXPECT_LT(ids({.cancelled = &cancelled}).size(), 20'000U);
}

TEST_F(EventsTest, AreWrittenInTheTransactionOfWhatTheyTellOf) {
  journal_.record({kStart, "silence.created"});
  EXPECT_TRUE(write([](Database& database) {
    database.transaction([](SQLite::Database& sqlite) { sqlite.exec("INSERT INTO silence VALUES ('1', '{}')"); });
  }));
  EXPECT_TRUE(journal_.empty());
  EXPECT_THAT(ids(), ElementsAre(1));

  journal_.record({kStart, "silence.created"});
  EXPECT_FALSE(write([](Database& database) {
    database.transaction([](SQLite::Database& sqlite) { sqlite.exec("INSERT INTO silence VALUES ('2', '{}')"); });
    throw std::runtime_error("disk full");
  }));
  EXPECT_EQ(journal_.waiting(), 1U) << "kept for the next time";
  EXPECT_THAT(ids(), ElementsAre(1));
  database_->transaction([](SQLite::Database& sqlite) {
    EXPECT_EQ(sqlite.execAndGet("SELECT count(*) FROM silence").getInt(), 1) << "all of it or nothing";
  });
  EXPECT_TRUE(write([](Database&) {}));
  EXPECT_THAT(ids(), ElementsAre(1, 2));
}

}  // namespace
}  // namespace a2od
