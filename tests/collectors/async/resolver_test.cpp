#include "collectors/async/resolver.hpp"

#include "collectors/async/deadline.hpp"
#include "tests/collectors/async/run.hpp"

#include <gtest/gtest.h>

namespace a2od {
namespace {

using namespace std::chrono_literals;
using Found = std::expected<Resolver::Addresses, std::string>;

TEST(Resolver, ANumericAddressIsItsOwnAnswer) {
  boost::asio::io_context io(1);
  Resolver resolver(io.get_executor());
  for (const auto* text : {"127.0.0.1", "::1"}) {
    const Found found = result_of(io, resolver.resolve(text));
    ASSERT_TRUE(found);
    EXPECT_EQ(found->front().to_string(), text);
  }
}

TEST(Resolver, TheHostsFileIsRead) {
  boost::asio::io_context io(1);
  Resolver resolver(io.get_executor());
  const Found found = result_of(io, resolver.resolve("localhost"));
  ASSERT_TRUE(found) << found.error();
  EXPECT_TRUE(found->front().is_loopback());
}

TEST(Resolver, ANameThatCannotBeOneIsRefusedWithAReason) {
  boost::asio::io_context io(1);
  Resolver resolver(io.get_executor());
  const Found found = result_of(io, resolver.resolve("a..b"));
  ASSERT_FALSE(found);
  EXPECT_FALSE(found.error().empty());
}

TEST(Resolver, ItMayGoWhileLookupsAreUnderWay) {
  boost::asio::io_context io(1);
  std::optional<Found> found;
  auto ask = [](std::optional<Found>& into, boost::asio::awaitable<Found> lookup) -> boost::asio::awaitable<void> {
    into = co_await std::move(lookup);
  };
  {
    Resolver resolver(io.get_executor());
    boost::asio::co_spawn(io, ask(found, resolver.resolve("invalid.invalid")), [](std::exception_ptr) {});
    io.poll();
  }
  io.restart();
  io.run();
  ASSERT_TRUE(found);
  EXPECT_FALSE(*found);
}

TEST(Resolver, ALookupCanBeAbandoned) {
  boost::asio::io_context io(1);
  Resolver resolver(io.get_executor());
  // Answered at once or not at all, depending on the machine's name servers: either way it ends in time.
  auto bounded = [](Resolver& by) -> boost::asio::awaitable<bool> {
    try {
      auto lookup = by.resolve("invalid.invalid");
      const auto found = co_await within(20ms, std::move(lookup));
      co_return !found.has_value();
    } catch (const boost::system::system_error& error) {
      co_return error.code() == asio::error::timed_out;
    }
  };
  EXPECT_TRUE(result_of(io, bounded(resolver)));
}

}  // namespace
}  // namespace a2od
