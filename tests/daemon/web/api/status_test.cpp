#include "daemon/web/api/status.hpp"

#include "rules/series/store.hpp"

#include <boost/json/parse.hpp>
#include <gtest/gtest.h>

namespace a2od {
namespace {

boost::json::value data(const ApiReply& reply) {
  EXPECT_EQ(reply.status, 200u) << reply.body;
  return boost::json::parse(reply.body).at("data");
}

TEST(StatusApi, GrafanaSeesAPrometheusOfThisCentury) {
  const auto info = data(answer_build_info({.version = "0.1.0"}));
  EXPECT_EQ(info.at("version"), "3.0.0");
  EXPECT_EQ(info.at("revision"), "a2od 0.1.0");
}

TEST(StatusApi, TheStoreIsCountedByMetricLabelAndValue) {
  Store store;
  for (const auto* environment : {"prod", "test", "dev"})
    store.append(Labels{{"__name__", "used"}, {"environment", environment}}, Timestamp(Milliseconds(1)), 1);
  store.append(Labels{{"__name__", "up"}, {"job", "a2od"}}, Timestamp(Milliseconds(1)), 1);
  const auto status = data(answer_tsdb_status(store.snapshot(), parse_parameters("limit=1")));
  EXPECT_EQ(status.at("headStats").at("numSeries"), 4);
  EXPECT_EQ(status.at("seriesCountByMetricName"), boost::json::parse(R"([{"name":"used","value":3}])"));
  EXPECT_EQ(status.at("labelValueCountByLabelName"), boost::json::parse(R"([{"name":"environment","value":3}])"));
  EXPECT_EQ(answer_tsdb_status(store.snapshot(), parse_parameters("limit=99999")).status, 400u);
}

TEST(StatusApi, EachCollectorOfATargetIsAScrapeTarget) {
  const TargetRow row{.tenant = "contoso",
                      .environment = "prod",
                      .cells = {{.collector = "jobs", .outcome = "denied", .error = "prvReadAsyncOperation is missing"},
                                {.collector = "mailboxes"}}};
  const auto targets = data(answer_targets({&row, 1}, {}, {})).at("activeTargets").as_array();
  ASSERT_EQ(targets.size(), 2u);
  EXPECT_EQ(targets[0].at("health"), "down");
  EXPECT_EQ(targets[0].at("lastError"), "prvReadAsyncOperation is missing");
  EXPECT_EQ(targets[0].at("labels"),
            boost::json::parse(R"({"collector":"jobs","tenant":"contoso","environment":"prod"})"));
  EXPECT_EQ(targets[1].at("health"), "unknown");
  EXPECT_TRUE(
      data(answer_targets({&row, 1}, {}, parse_parameters("state=dropped"))).at("activeTargets").as_array().empty());
  EXPECT_EQ(
      data(answer_targets({&row, 1}, {}, parse_parameters("scrapePool=jobs"))).at("activeTargets").as_array().size(),
      1u);
}

TEST(StatusApi, ExportersAreTargetsAsInPrometheus) {
  const ScrapedRow up{.pool = "windows",
                      .address = "http://sql1:9182/metrics",
                      .labels = {{"instance", "sql1:9182"}, {"job", "windows"}},
                      .discovered = {{"__address__", "sql1:9182"}},
                      .interval = std::chrono::seconds(15),
                      .timeout = std::chrono::seconds(10),
                      .last = Timestamp(std::chrono::hours(1)),
                      .took = std::chrono::milliseconds(20)};
  auto down = up;
  down.error = "connection refused";
  const ScrapeRows rows{.active = {up, down}, .dropped = {{.pool = "windows", .discovered = up.discovered}}};
  const auto all = data(answer_targets({}, rows, {}));
  const auto& targets = all.at("activeTargets").as_array();
  ASSERT_EQ(targets.size(), 2u);
  EXPECT_EQ(targets[0], boost::json::parse(R"({
    "discoveredLabels": {"__address__": "sql1:9182"},
    "labels": {"instance": "sql1:9182", "job": "windows"},
    "scrapePool": "windows", "scrapeUrl": "http://sql1:9182/metrics", "globalUrl": "http://sql1:9182/metrics",
    "lastError": "", "lastScrape": "1970-01-01T01:00:00.000Z", "lastScrapeDuration": 0.02, "health": "up",
    "scrapeInterval": "15s", "scrapeTimeout": "10s"})"));
  EXPECT_EQ(targets[1].at("health"), "down");
  EXPECT_EQ(targets[1].at("lastError"), "connection refused");
  EXPECT_EQ(all.at("droppedTargetCounts"), boost::json::parse(R"({"windows": 1})"));
  EXPECT_EQ(all.at("droppedTargets").as_array().size(), 1u);
  const auto dropped = data(answer_targets({}, rows, parse_parameters("state=dropped&scrapePool=other")));
  EXPECT_TRUE(dropped.at("activeTargets").as_array().empty());
  EXPECT_TRUE(dropped.at("droppedTargets").as_array().empty());
}

}  // namespace
}  // namespace a2od
