#include "daemon/web/api/series.hpp"

#include <boost/json/parse.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace a2od {
namespace {

using testing::HasSubstr;

const Timestamp kNow{Milliseconds(1'700'000'000'000)};

boost::json::value data(const ApiReply& reply) {
  EXPECT_EQ(reply.status, 200u) << reply.body;
  return boost::json::parse(reply.body).at("data");
}

struct SeriesApiTest : testing::Test {
  Store store;
  SeriesApiTest() {
    store.append(Labels{{"__name__", "used"}, {"environment", "prod"}}, kNow, 1.5);
    store.append(Labels{{"__name__", "used"}, {"environment", "test"}}, kNow - Milliseconds(600'000), 2);
    store.append(Labels{{"__name__", "up"}, {"job", "a2od"}}, kNow, 1);
    store.append(Labels{{"__name__", "my.metric"}, {"a.b", "c\"d"}}, kNow, 3);
  }
  boost::json::value series(std::string_view query) {
    return data(answer_series(SeriesSource(store.snapshot()), parse_parameters(query), {}));
  }
  boost::json::value labels(std::string_view query) {
    return data(answer_labels(SeriesSource(store.snapshot()), parse_parameters(query), {}));
  }
  boost::json::value values(std::string_view label, std::string_view query = "") {
    return data(answer_label_values(SeriesSource(store.snapshot()), label, parse_parameters(query), {}));
  }
  ApiReply federate(std::string_view query) {
    return answer_federate(store.snapshot(), parse_parameters(query), kNow, std::chrono::minutes(5),
                           {{"region", "eu"}, {"job", "theirs"}});
  }
};

TEST_F(SeriesApiTest, SeriesOfSeveralSelectorsAreListedOnceAndSorted) {
  EXPECT_EQ(series("match[]=used&match[]=%7Benvironment=~\"p.*\"%7D&match[]=up"),
            boost::json::parse(R"([{"__name__":"up","job":"a2od"},{"__name__":"used","environment":"prod"},
                                   {"__name__":"used","environment":"test"}])"));
}

TEST_F(SeriesApiTest, TimesLeaveOutSeriesWithoutSamplesThen) {
  EXPECT_EQ(series("match[]=used&start=1700000000"),
            boost::json::parse(R"([{"__name__":"used","environment":"prod"}])"));
  EXPECT_EQ(series("match[]=used&end=1699999999"), boost::json::parse(R"([{"__name__":"used","environment":"test"}])"));
  EXPECT_EQ(values("environment", "start=2023-11-14T22:13:20Z"), boost::json::parse(R"(["prod"])"));
}

TEST_F(SeriesApiTest, ALimitCutsAndSaysSo) {
  const auto reply = answer_series(SeriesSource(store.snapshot()), parse_parameters("match[]=used&limit=1"), {});
  EXPECT_EQ(data(reply).as_array().size(), 1u);
  EXPECT_THAT(reply.body, HasSubstr("results truncated due to limit"));
  EXPECT_EQ(series("match[]=used&limit=2").as_array().size(), 2u);
  EXPECT_THAT(answer_labels(SeriesSource(store.snapshot()), parse_parameters("limit=2"), {}).body,
              HasSubstr("truncated"));
}

TEST_F(SeriesApiTest, LabelsAndValuesAreSorted) {
  EXPECT_EQ(labels(""), boost::json::parse(R"(["__name__","a.b","environment","job"])"));
  EXPECT_EQ(labels("match[]=up"), boost::json::parse(R"(["__name__","job"])"));
  EXPECT_EQ(values("environment"), boost::json::parse(R"(["prod","test"])"));
  EXPECT_EQ(values("environment", "match[]=up"), boost::json::array());
  EXPECT_EQ(values("__name__", "match[]=used"), boost::json::parse(R"(["used"])"));
}

TEST_F(SeriesApiTest, ALabelThatIsNoClassicNameIsEscapedInThePath) {
  EXPECT_EQ(values("U__a_2e_b"), boost::json::parse(R"(["c\"d"])"));
  EXPECT_EQ(values("a.b"), boost::json::parse(R"(["c\"d"])"));
  for (const auto* broken : {"", "U__a_2e", "U__a_xyz_b", "U__a_ffffff_b", "\xff"})
    EXPECT_EQ(answer_label_values(SeriesSource(store.snapshot()), broken, {}, {}).status, 400u) << broken;
}

TEST_F(SeriesApiTest, WrongRequestsSayWhatIsExpected) {
  for (const auto* query :
       {"", "match[]=", "match[]=sum(used)", "match[]=used[5m]", "match[]=used+offset+5m", "match[]=%7Ba=~\".*\"%7D",
        "match[]=used&start=x", "match[]=used&limit=-1", "match[]=used&start=2&end=1"})
    EXPECT_EQ(answer_series(SeriesSource(store.snapshot()), parse_parameters(query), {}).status, 400u) << query;
}

TEST_F(SeriesApiTest, MetadataIsWhatIsDeclared) {
  const Metric metrics[] = {{"d365_used_bytes", MetricType::gauge, "bytes", "Space used."},
                            {"d365_failures_total", MetricType::counter, "", "Failures."}};
  EXPECT_EQ(data(answer_metadata(metrics, {}, {})), boost::json::parse(R"({
      "d365_used_bytes":[{"type":"gauge","help":"Space used.","unit":"bytes"}],
      "d365_failures_total":[{"type":"counter","help":"Failures.","unit":""}]})"));
  EXPECT_EQ(data(answer_metadata(metrics, {}, parse_parameters("metric=d365_failures_total"))).as_object().size(), 1u);
  EXPECT_EQ(data(answer_metadata(metrics, {}, parse_parameters("limit=1"))).as_object().size(), 1u);
  EXPECT_EQ(answer_metadata(metrics, {}, parse_parameters("limit=x")).status, 400u);
}

TEST_F(SeriesApiTest, WhatExportersSayOfAMetricIsListedOnceEach) {
  const auto says = [](const char* help) {
    return ScrapedRow{.metadata = std::make_shared<const PageMetadata>(
                          PageMetadata{{"up_bytes", {MetricFamilyType::counter, "bytes", help}}})};
  };
  const ScrapeRows rows{.active = {says("Sent."), says("Sent."), says("Taken."), ScrapedRow{}}, .dropped = {}};
  EXPECT_EQ(data(answer_metadata({}, rows, {})), boost::json::parse(R"({"up_bytes":[
      {"type":"counter","help":"Sent.","unit":"bytes"},{"type":"counter","help":"Taken.","unit":"bytes"}]})"));
  const auto one = data(answer_metadata({}, rows, parse_parameters("limit_per_metric=1")));
  EXPECT_EQ(one.at("up_bytes").as_array().size(), 1u);
}

TEST_F(SeriesApiTest, WhatEachExporterSaysOfItsMetricsIsListedByTarget) {
  const auto of = [](const char* job) {
    return ScrapedRow{.labels = {{"instance", "a:1"}, {"job", job}},
                      .metadata = std::make_shared<const PageMetadata>(
                          PageMetadata{{"sent_bytes", {MetricFamilyType::counter, "bytes", "Sent."}},
                                       {"up_since", {MetricFamilyType::gauge, "", "When it started."}}})};
  };
  const ScrapeRows rows{.active = {of("windows"), of("node"), ScrapedRow{}}, .dropped = {}};
  const auto answer = [&](std::string_view query) { return answer_targets_metadata(rows, parse_parameters(query)); };
  EXPECT_EQ(data(answer("metric=sent_bytes&match_target=%7Bjob=%22node%22%7D")), boost::json::parse(R"([
      {"target":{"instance":"a:1","job":"node"},"type":"counter","help":"Sent.","unit":"bytes"}])"));
  EXPECT_EQ(data(answer("match_target=%7Bjob=%22node%22%7D")).at(1).at("metric"), "up_since");
  EXPECT_EQ(data(answer("")).as_array().size(), 4u);
  EXPECT_EQ(data(answer("limit=3")).as_array().size(), 3u);
  EXPECT_EQ(answer("metric=other").status, 404u);
  EXPECT_EQ(answer("match_target=%7B").status, 400u);
  EXPECT_EQ(answer("limit=x").status, 400u);
}

TEST_F(SeriesApiTest, FederationShowsTheNewestSamplesWithTheirTimes) {
  EXPECT_EQ(federate("match[]=used&match[]=up").body,
            "# TYPE up untyped\n"
            "up{job=\"a2od\",region=\"eu\"} 1 1700000000000\n"
            "# TYPE used untyped\n"
            "used{environment=\"prod\",job=\"theirs\",region=\"eu\"} 1.5 1700000000000\n");
  EXPECT_EQ(federate("match[]=%7B\"my.metric\"%7D").body,
            "# TYPE \"my.metric\" untyped\n"
            "{\"my.metric\",\"a.b\"=\"c\\\"d\",job=\"theirs\",region=\"eu\"} 3 1700000000000\n");
  EXPECT_EQ(federate("").body, "");
  EXPECT_EQ(federate("match[]=used[").status, 400u);
}

}  // namespace
}  // namespace a2od
