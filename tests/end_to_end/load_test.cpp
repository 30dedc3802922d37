// A large estate: the daemon knows all of it and answers all the while.
#include "tests/end_to_end/stage.hpp"

#include <gtest/gtest.h>

#include <cstdlib>

namespace a2od::end_to_end {
namespace {

using namespace std::chrono_literals;

/// 20 s, or A2OD_LOAD_SECONDS: what a campaign takes longer for.
std::chrono::seconds load_time() {
  const char* wanted = std::getenv("A2OD_LOAD_SECONDS");
  return std::chrono::seconds(wanted == nullptr ? 20 : std::atoi(wanted));
}

TEST(Load, TwoThousandEnvironmentsAreKnownAndTheDaemonAnswersAllTheWhile) {
  Stage stage("load");
  stage.collectors = "\n  inventory: {interval: 5m, timeout: 2m}\n";
  stage.max_body = "64MiB";
  stage.start_tenant("large.yaml");
  ASSERT_TRUE(stage.start_daemon()) << stage.daemon->output();
  const auto end = std::chrono::steady_clock::now() + load_time();
  while (std::chrono::steady_clock::now() < end) {
    ASSERT_EQ(get(stage.port, "/-/healthy").status, 200u) << stage.daemon->output();
    pause_for(200ms);
  }
  EXPECT_TRUE(eventually([&] { return stage.query("count(d365_environment_info)") == std::vector<double>{2000}; }, 60s))
      << stage.daemon->output();
  EXPECT_EQ(get(stage.port, "/metrics").status, 200u);
  EXPECT_EQ(get(stage.port, "/").status, 200u);
}

}  // namespace
}  // namespace a2od::end_to_end
