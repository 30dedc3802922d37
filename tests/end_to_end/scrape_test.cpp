// A2od scrapes a small exporter and Debian's Prometheus: queries see the series, rules fire on them, and what vanishes
// ends.
#include "tests/collectors/cloud/scripted_server.hpp"
#include "tests/end_to_end/stage.hpp"

#include <boost/json/serialize.hpp>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <mutex>
#include <thread>

namespace a2od::end_to_end {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

/// Serves a page that the test changes, on a thread of its own.
class Exporter {
 public:
  explicit Exporter(std::string page) : page_(std::move(page)), thread_([this] { io_.run(); }) {}
  ~Exporter() {
    io_.stop();
    thread_.join();
  }
  Exporter(const Exporter&) = delete;
  Exporter& operator=(const Exporter&) = delete;

  void show(std::string page) {
    const std::scoped_lock lock(mutex_);
    page_ = std::move(page);
  }
  [[nodiscard]] std::uint16_t port() const { return server_.port(); }

 private:
  test::Scripted answer() {
    const std::scoped_lock lock(mutex_);
    return {test::Scripted::Then::keep, test::response("200 OK", page_, "Content-Type: text/plain; version=0.0.4\r\n")};
  }

  std::mutex mutex_;
  std::string page_;
  boost::asio::io_context io_{1};
  test::ScriptedServer server_{io_, [this](const test::Received&) { return answer(); }};
  std::thread thread_;
};

TEST(Scraping, SeriesOfExportersAreQueriedJudgedAndEnd) {
  Stage stage("scraping");
  Exporter exporter(
      "# TYPE disk_free_bytes gauge\ndisk_free_bytes{volume=\"C:\"} 5\ndisk_free_bytes{volume=\"D:\"} 500\n");
  stage.start_prometheus(fmt::format(R"(
global: {{scrape_interval: 1s}}
scrape_configs:
  - job_name: itself
    static_configs: [{{targets: ["127.0.0.1:{0}"]}}]
  - job_name: disks
    static_configs: [{{targets: ["127.0.0.1:{1}"]}}]
)",
                                     stage.prometheus_port, exporter.port()));

  write_file(stage.folder / "disks.yml", R"(
groups:
  - name: disks
    interval: 1s
    rules:
      - {alert: DiskFull, expr: 'disk_free_bytes < 10'}
      - {alert: NoDisks, expr: 'absent(disk_free_bytes)'}
      - {alert: ExporterDown, expr: 'up{job="nobody"} == 0'}
)");
  stage.start_tenant("demo.yaml");
  stage.rules += "  no_data: prometheus\n";
  stage.rule_files = "  - " + (stage.folder / "disks.yml").string() + "\n";
  stage.more = fmt::format(R"(
global: {{scrape_interval: 1s, scrape_timeout: 1s}}
scrape_configs:
  - job_name: disks
    static_configs: [{{targets: ["127.0.0.1:{}"], labels: {{site: leeds}}}}]
  - job_name: prometheus
    static_configs: [{{targets: ["127.0.0.1:{}"]}}]
    metric_relabel_configs: [{{source_labels: [__name__], regex: 'go_.*', action: drop}}]
  - job_name: nobody
    static_configs: [{{targets: ["127.0.0.1:{}"]}}]
)",
                           exporter.port(), stage.prometheus_port, free_port());
  ASSERT_TRUE(stage.start_daemon()) << stage.daemon->output();

  EXPECT_TRUE(eventually([&] { return stage.alerts("firing").size() == 2; }, 30s)) << stage.daemon->output();
  EXPECT_THAT(stage.alerts("firing"), ElementsAre("DiskFull ", "ExporterDown "));
  EXPECT_THAT(stage.query("last_over_time(ALERTS{alertname=\"NoDisks\"}[1h])"), IsEmpty()) << "before the first scrape";
  EXPECT_THAT(stage.query("disk_free_bytes{site=\"leeds\",volume=\"D:\"}"), ElementsAre(500));
  EXPECT_TRUE(eventually([&] { return stage.query("up{job=\"prometheus\"}") == std::vector<double>{1}; }, 30s));
  EXPECT_THAT(stage.query("count({__name__=~\"go_.*\"})"), IsEmpty());

  // Nobody else knows better how many samples Prometheus shows of itself than Prometheus.
  const auto same_count = [&] {
    const auto theirs =
        get(stage.prometheus_port, "/api/v1/query?query=scrape_samples_scraped%7Bjob%3D%22itself%22%7D").body;
    const auto ours = stage.query("scrape_samples_scraped{job=\"prometheus\"}");
    return ours.size() == 1 && theirs.contains(fmt::format("\"{}\"]", ours[0]));
  };
  EXPECT_TRUE(eventually(same_count, 30s, 500ms));

  const auto promtool = run({A2OD_PEERS_DIR "/promtool", "query", "instant",
                             fmt::format("http://127.0.0.1:{}", stage.port), "disk_free_bytes"});
  EXPECT_THAT(promtool.output, HasSubstr("volume=\"C:\"} => 5"));
  const auto a2od =
      run({program("a2od"), "query", "--server", fmt::format("http://127.0.0.1:{}", stage.port), "disk_free_bytes"});
  EXPECT_THAT(a2od.output, HasSubstr("volume=\"C:\""));
  EXPECT_THAT(boost::json::serialize(stage.api("/api/v1/targets?scrapePool=nobody")), HasSubstr("\"health\":\"down\""));
  EXPECT_THAT(get(stage.port, "/federate?match[]=disk_free_bytes").body, HasSubstr("site=\"leeds\""));
  EXPECT_THAT(get(stage.port, "/metrics").body, Not(HasSubstr("disk_free_bytes")));

  exporter.show("# TYPE disk_free_bytes gauge\ndisk_free_bytes{volume=\"D:\"} 400\n");
  EXPECT_TRUE(
      eventually([&] { return stage.query("disk_free_bytes{job=\"disks\"}") == std::vector<double>{400}; }, 10s));
  EXPECT_TRUE(eventually([&] { return stage.alerts("firing") == std::vector<std::string>{"ExporterDown "}; }, 10s));
}

TEST(Scraping, AReloadEndsWhatIsNotScrapedAnyMoreAndNothingElse) {
  Stage stage("scraping-reload");
  Exporter exporter("disk_free_bytes 5\n");
  const auto scrape = [&](std::string_view path, std::string_view other_targets = "") {
    stage.more = fmt::format(R"(
global: {{scrape_interval: 1s, scrape_timeout: 1s}}
scrape_configs:
  - job_name: disks
    metrics_path: {}
    static_configs: [{{targets: ["127.0.0.1:{}"{}]}}]
)",
                             path, exporter.port(), other_targets);
  };
  const auto reload = [&] {
    stage.write_configuration();
    EXPECT_EQ(request(stage.port, "POST", "/-/reload").status, 200U);
  };
  const auto samples = [&] {
    const auto found = stage.query("count_over_time(disk_free_bytes[1m])");
    return found.empty() ? 0 : found.front();
  };
  stage.start_tenant("demo.yaml");
  scrape("/metrics");
  ASSERT_TRUE(stage.start_daemon()) << stage.daemon->output();
  EXPECT_TRUE(eventually([&] { return samples() > 0; }, 30s)) << stage.daemon->output();

  scrape("/metrics", fmt::format(", '127.0.0.1:{}'", free_port()));
  reload();
  EXPECT_TRUE(eventually([&] { return stage.query("up{job=\"disks\"}").size() == 2; }, 30s));
  const auto seen = samples();
  EXPECT_TRUE(eventually([&] { return samples() >= seen + 2; }, 30s));
  EXPECT_THAT(stage.query("sum(sum_over_time(scrape_series_added[1h]))"), ElementsAre(1)) << "known still";

  scrape("/elsewhere");
  reload();
  const auto before = samples();
  EXPECT_TRUE(eventually([&] { return samples() >= before + 6; }, 30s));
  EXPECT_THAT(stage.query("count_over_time(disk_free_bytes[4s:500ms])"), ElementsAre(8)) << "seen all the time";

  stage.more.clear();
  reload();
  EXPECT_TRUE(eventually([&] { return stage.query("disk_free_bytes or up{job=\"disks\"}").empty(); }, 30s));
}

}  // namespace
}  // namespace a2od::end_to_end
