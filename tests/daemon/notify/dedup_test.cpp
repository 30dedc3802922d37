#include "daemon/notify/dedup.hpp"

#include "tests/daemon/notify/conformance.hpp"
#include "tests/daemon/notify/fixtures.hpp"

#include <gtest/gtest.h>

namespace a2od {
namespace {

using namespace test;

/// Identities are numbers below ten: their digits sort as they do.
Fingerprints ids(const boost::json::value& numbers) {
  Fingerprints out;
  for (const auto& number : numbers.as_array()) out.push_back(std::to_string(number.as_int64()));
  return out;
}

TEST(Dedup, DecidesAsAlertmanager) {
  const auto cases = conformance_cases("am_dedup.json");
  if (cases.empty()) GTEST_SKIP() << "am_dedup.json is not there";
  for (const auto& row : cases) {
    const bool send_resolved = row.at("send_resolved").as_bool();
    std::optional<LedgerEntry> last;
    if (const auto* before = row.at("last_notification").if_object()) {
      const auto& age = before->at("age_ms");
      last = {age.is_null() ? Timestamp{} : kStart - Milliseconds(age.as_int64()), ids(before->at("firing")),
              ids(before->at("resolved"))};
    }
    const Milliseconds repeat(row.at("repeat_interval_ms").as_int64());
    EXPECT_EQ(has_news(last ? &*last : nullptr, ids(row.at("firing")), ids(row.at("resolved")), send_resolved, repeat,
                       kStart),
              row.at("notify").as_bool())
        << row.at("id").as_string();
  }
}

TEST(Dedup, MergesUpdatesAsAlertmanager) {
  const auto cases = conformance_cases("am_alert_merge.json");
  if (cases.empty()) GTEST_SKIP() << "am_alert_merge.json is not there";
  const auto read = [](const boost::json::value& from) {
    const auto at = [&](const char* key) { return kStart + Milliseconds(from.at(key).as_int64()); };
    RoutedAlert alert;
    alert.starts_at = at("starts_at_rel_ms");
    alert.ends_at = at("ends_at_rel_ms");
    alert.updated_at = at("updated_at_rel_ms");
    alert.timeout = from.at("timeout").as_bool();
    return alert;
  };
  for (const auto& row : cases) {
    EXPECT_EQ(merge_updates(read(row.at("A")), read(row.at("B"))), read(row.at("result"))) << row.at("id").as_string();
  }
}

struct Row {
  std::string_view name;
  std::optional<LedgerEntry> last;
  Fingerprints firing;
  Fingerprints resolved;
  bool send_resolved;
  bool news;
};

TEST(Dedup, TellsWhatIsNew) {
  const LedgerEntry told{kStart - 10min, {"1", "2"}, {}};
  const Row rows[] = {
      {"nothing told, nothing fires", std::nullopt, {}, {"1"}, true, false},
      {"the first firing", std::nullopt, {"1"}, {}, true, true},
      {"the same again", told, {"1", "2"}, {}, true, false},
      {"one more", told, {"1", "2", "3"}, {}, true, true},
      {"one less", told, {"1"}, {"2"}, true, true},
      {"one less, resolves are not sent", told, {"1"}, {"2"}, false, false},
      {"none left", told, {}, {"1", "2"}, true, true},
      {"none left is remembered even where resolves are not sent", told, {}, {"1", "2"}, false, true},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(has_news(row.last ? &*row.last : nullptr, row.firing, row.resolved, row.send_resolved, 4h, kStart),
              row.news)
        << row.name;
  }
}

TEST(Dedup, RepeatsExactlyWhenTheIntervalIsOver) {
  const LedgerEntry told{kStart, {"1"}, {}};
  EXPECT_FALSE(has_news(&told, {"1"}, {}, true, 4h, kStart + 4h - 1ms));
  EXPECT_TRUE(has_news(&told, {"1"}, {}, true, 4h, kStart + 4h));
}

}  // namespace
}  // namespace a2od
