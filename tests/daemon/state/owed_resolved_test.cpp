#include "daemon/state/owed_resolved.hpp"

#include "tests/daemon/notify/fixtures.hpp"
#include "tests/daemon/state/temporary_folder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace a2od {
namespace {

using namespace test;
using testing::SizeIs;

TEST(OwedResolved, AreReadBackAsTheyWereWritten) {
  const TemporaryFolder folder;
  auto database = Database::open(folder.path());
  ASSERT_TRUE(database);
  const auto down = resolved(firing("Down", kStart), kStart + 5min);
  const auto full = resolved(firing("Full", kStart), kStart + 6min);
  commit(*database,
         OwedChanges{.put = {{"http://one:9093", down}, {"http://two:9093", down}, {"http://one:9093", full}}});
  auto later = down;
  later.ends_at = kStart + 1h;
  commit(*database, OwedChanges{.put = {{"http://one:9093", later}},
                                .removed = {{"http://two:9093", fingerprint(down.labels)},
                                            {"http://one:9093", fingerprint(full.labels)}}});

  const auto owed = load_owed_resolved(*database);
  ASSERT_THAT(owed, SizeIs(1));
  EXPECT_EQ(owed.front().alertmanager, "http://one:9093");
  const auto& notice = owed.front().notice;
  EXPECT_EQ(notice.labels, down.labels);
  EXPECT_EQ(notice.annotations, down.annotations);
  EXPECT_EQ(notice.starts_at, kStart);
  EXPECT_EQ(notice.ends_at, kStart + 1h);
  EXPECT_EQ(notice.generator_url, down.generator_url);
}

}  // namespace
}  // namespace a2od
