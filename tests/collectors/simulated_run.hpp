// Runs of a collector against one environment of the simulated tenant, "Main", whose clock goes on.
#pragma once

#include "collectors/collector.hpp"
#include "tests/collectors/async/fake_clock.hpp"
#include "tests/collectors/async/run.hpp"
#include "tests/collectors/sample_text.hpp"
#include "tests/collectors/simulated_session.hpp"

#include <boost/asio/io_context.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace a2od {

/// 2026-03-01T00:00:00Z at first. What runs want to remember is remembered.
class SimulatedRun : public testing::Test {
 protected:
  SimulatedRun(std::string_view collector, std::string_view estate) : collector_(collector), session_(estate, clock_) {
    environment_.id = "e1";
    environment_.url = "https://main.crm4.dynamics.com";
    environment_.finance_operations_url = "https://main.operations.dynamics.com";
  }

  RunResult collect() {
    a2od::Run run{session_, clock_, tenant_, schemas_, &environment_, {}, memory_};
    auto result = result_of(io_, find_collector(collector_)->collect(run));
    if (result.memory) memory_ = *result.memory;
    return result;
  }

  void change(const std::function<void(tenant::Environment&)>& edit) {
    auto& world = session_.tenant.tenant.world();
    auto environment = *world.by_name("Main");
    edit(environment);
    world.put(environment);
  }

  std::string_view collector_;
  boost::asio::io_context io_;
  FakeClock clock_{io_, std::chrono::sys_days(std::chrono::year(2026) / 3 / 1)};
  SimulatedSession session_;
  TenantConfig tenant_;
  Schemas schemas_;
  Environment environment_;
  boost::json::value memory_;
};

/// The samples of one metric, of all parts.
[[nodiscard]] inline std::vector<std::string> texts(const RunResult& result, std::string_view metric) {
  std::vector<std::string> all;
  for (const auto& part : result.parts) std::ranges::move(texts_of(part.samples, metric), std::back_inserter(all));
  return all;
}

/// The details of one metric, of all parts.
[[nodiscard]] inline std::vector<std::string> details(const RunResult& result, const Metric& metric) {
  std::vector<std::string> lines;
  for (const auto& part : result.parts)
    for (const auto& detail : part.details)
      if (detail.metric == &metric) lines.push_back(detail.text);
  return lines;
}

inline void expect_all_ok(const RunResult& result) {
  for (const auto& part : result.parts) EXPECT_EQ(part.outcome, Outcome::ok) << part.name << ": " << part.error;
}

}  // namespace a2od
