// A run of a collector against a scripted session.
#pragma once

#include "collectors/collector.hpp"
#include "tests/collectors/async/fake_clock.hpp"
#include "tests/collectors/async/run.hpp"
#include "tests/collectors/fake_session.hpp"
#include "tests/collectors/sample_text.hpp"

#include <boost/asio/io_context.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string_view>
#include <vector>

namespace a2od {

class CollectorTest : public testing::Test {
 protected:
  RunResult collect(std::string_view name) {
    const auto* collector = find_collector(name);
    const bool tenant_wide = collector->scope == Scope::tenant;
    a2od::Run run{session, clock, tenant, schemas, tenant_wide ? nullptr : &environment, environments, memory};
    auto result = result_of(io, collector->collect(run));
    if (result.memory) memory = *result.memory;
    return result;
  }

  boost::asio::io_context io;
  FakeClock clock{io};
  FakeSession session;
  TenantConfig tenant;
  Schemas schemas;
  boost::json::value memory;
  Environment environment;
  std::vector<Environment> environments;
};

}  // namespace a2od
