// Receivers at their worst, with the real notifier and HTTP client: others hear at once, what is owed stays owed and
// arrives once the receiver is mended, and nothing is sent where it does not belong.
#include "config/read.hpp"
#include "tests/collectors/cloud/scripted_server.hpp"
#include "tests/daemon/notify/fixtures.hpp"
#include "tests/daemon/notify/notifier_life.hpp"
#include "tests/daemon/state/temporary_folder.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <spdlog/spdlog.h>

#include <optional>
#include <string>
#include <vector>

namespace a2od {
namespace {

using namespace test;
namespace asio = boost::asio;
using asio::ip::tcp;
using testing::HasSubstr;

/// Two receivers of every alert: "bad", who answers what a test says until he is mended, and "good".
struct FaultyReceivers : testing::Test {
  void SetUp() override { spdlog::set_level(spdlog::level::off); }
  void TearDown() override {
    life_.reset();
    spdlog::set_level(level_);
  }

  void start(const std::string& url, const std::string& more = "") {
    auto config = parse_config("a2od.yaml",
                               fmt::format(R"(
transport: {{connect_timeout: 30s, first_byte_timeout: 30s}}
route:
  receiver: good
  group_by: [alertname]
  group_wait: 0s
  routes: [{{receiver: bad, continue: true}}, {{receiver: good}}]
receivers:
  - name: good
    webhook_configs: [{{url: "http://127.0.0.1:{}/"}}]
  - name: bad
    webhook_configs: [{{url: "{}", timeout: {}{}}}]
)",
                                           good_.port(), url, timeout_, more),
                               {.collectors = {}, .check_files = false});
    if (!config) throw std::runtime_error(to_string(config.error().front()));
    life_.emplace(io_, *config, folder_.path(), now_);
  }
  void start(const ScriptedServer& server) { start(fmt::format("http://127.0.0.1:{}/secret-path", server.port())); }

  void fire(const std::string& name) { life_->receive({firing(name, now_)}); }
  [[nodiscard]] IntegrationStatus bad() const {
    const auto all = life_->notifier().status();
    return *std::ranges::find(all, "bad", [](const auto& status) { return status.integration.receiver; });
  }
  [[nodiscard]] double failed(const char* reason) const {
    return life_->metric("a2od_notifications_failed_total", {{"receiver", "bad"}, {"reason", reason}});
  }

  /// The good one has heard, the bad one is owed.
  void expect_owed(const char* reason, const std::string& error) {
    EXPECT_EQ(good_.received().size(), 1U);
    EXPECT_EQ(bad().messages, 1U);
    EXPECT_THAT(bad().last_error, HasSubstr(error));
    EXPECT_THAT(bad().last_error, testing::Not(HasSubstr("secret")));
    EXPECT_EQ(failed(reason), 1);
    EXPECT_EQ(life_->metric("a2od_notification_outbox_messages", {{"receiver", "bad"}}), 1);
    EXPECT_EQ(life_->metric("a2od_notification_outbox_messages", {{"receiver", "good"}}), 0);
    EXPECT_EQ(life_->metric("a2od_receiver_misconfigured", {{"receiver", "bad"}}),
              std::string_view(reason) == "misconfigured" ? 1 : 0);
  }

  spdlog::level::level_enum level_ = spdlog::get_level();
  TemporaryFolder folder_;
  asio::io_context io_;
  Timestamp now_ = kStart;
  bool mended_ = false;
  std::string timeout_ = "30s";
  ScriptedServer good_{io_, [](const Received&) { return Scripted{Scripted::Then::keep, response("200 OK", "")}; }};
  std::optional<NotifierLife> life_;

  /// Answers `bytes`, and then does so; once mended, 200.
  ScriptedServer::Script badly(std::string bytes, Scripted::Then then = Scripted::Then::keep) {
    return [this, bytes = std::move(bytes), then](const Received&) {
      if (mended_) return Scripted{Scripted::Then::keep, response("200 OK", "")};
      return Scripted{then, bytes};
    };
  }
};

struct Fault {
  const char* name;
  std::string bytes;
  Scripted::Then then;
  const char* reason;
  const char* error;
};

struct FaultyAnswers : FaultyReceivers, testing::WithParamInterface<Fault> {};

TEST_P(FaultyAnswers, DelayNobodyElseAndTheMessageArrivesOnceTheyAreMended) {
  const auto& fault = GetParam();
  if (fault.then == Scripted::Then::stay_silent) timeout_ = "200ms";
  ScriptedServer receiver(io_, badly(fault.bytes, fault.then));
  start(receiver);
  fire("Down");
  expect_owed(fault.reason, fault.error);
  mended_ = true;
  now_ += 2h;
  life_->receive({refreshed(firing("Down", kStart), now_)});
  EXPECT_EQ(receiver.received().size(), 2U);
  EXPECT_EQ(receiver.received().back().body, receiver.received().front().body);
  EXPECT_EQ(bad().messages, 0U);
  EXPECT_EQ(bad().last_error, "");
}

INSTANTIATE_TEST_SUITE_P(
    Of, FaultyAnswers,
    testing::Values(
        Fault{"Slow", "", Scripted::Then::stay_silent, "network", "no complete answer within 200ms"},
        Fault{"SlowWithinItsHead", "HTTP/1.1 20", Scripted::Then::stay_silent, "network",
              "no complete answer within 200ms"},
        Fault{"ClosedEarly", "", Scripted::Then::close, "network", "the connection was closed before an answer"},
        Fault{"Reset", "", Scripted::Then::reset, "network", "before an answer"},
        Fault{"ClosedWithinTheHead", "HTTP/1.1 200 OK\r\nContent-", Scripted::Then::close, "network", "cut off"},
        Fault{"HugeHead", "HTTP/1.1 200 OK\r\nX-Padding: " + std::string(1 << 20, 'x') + "\r\n\r\n",
              Scripted::Then::close, "network", "larger than"},
        Fault{"NoHttp", "SSH-2.0-OpenSSH_9.2\r\n\r\n", Scripted::Then::close, "network", "not valid HTTP"},
        Fault{"EndlessInterimAnswers",
              [] {
                std::string all;
                for (int i = 0; i < 100; ++i) all += "HTTP/1.1 102 Processing\r\n\r\n";
                return all;
              }(),
              Scripted::Then::keep, "network", "not one to the request"},
        Fault{"Throttled", response("429 Too Many Requests", ""), Scripted::Then::keep, "throttled", "answered 429"},
        Fault{"Unavailable", response("503 Unavailable", std::string(1 << 20, 'x')), Scripted::Then::keep, "server",
              "answered 503"},
        Fault{"Unauthorized", response("401 Unauthorized", ""), Scripted::Then::close, "misconfigured",
              "answered 401"}),
    [](const auto& info) { return info.param.name; });

struct StrangeBodies : FaultyReceivers, testing::WithParamInterface<std::pair<const char*, Scripted>> {};

/// The receiver has said that it took the message: sending it again because of what follows would be one page more.
TEST_P(StrangeBodies, OfAGoodAnswerDoNotBringTheMessageTwice) {
  if (GetParam().second.then == Scripted::Then::stay_silent) timeout_ = "200ms";
  ScriptedServer receiver(io_, [](const Received&) { return GetParam().second; });
  start(receiver);
  fire("Down");
  EXPECT_EQ(bad().messages, 0U) << bad().last_error;
  EXPECT_EQ(receiver.received().size(), 1U);
  EXPECT_EQ(good_.received().size(), 1U);
}

INSTANTIATE_TEST_SUITE_P(
    Of, StrangeBodies,
    testing::Values(std::pair{"Unfinished",
                              Scripted{Scripted::Then::stay_silent, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nok"}},
                    std::pair{"Cut", Scripted{Scripted::Then::reset, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nok"}},
                    std::pair{"NoChunks", Scripted{Scripted::Then::keep,
                                                   "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"}},
                    std::pair{"NoGzip",
                              Scripted{Scripted::Then::keep,
                                       "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\nok"}},
                    std::pair{"Large", Scripted{Scripted::Then::keep, response("200 OK", std::string(4 << 20, 'x'))}}),
    [](const auto& info) { return info.param.first; });

TEST_F(FaultyReceivers, ASlowOneDelaysNobodyElse) {
  timeout_ = "10m";
  ScriptedServer receiver(io_, badly("", Scripted::Then::stay_silent));
  start(receiver);
  for (const auto* name : {"Down", "Full", "Late"}) life_->notifier().receive(std::vector{firing(name, now_)});
  while (good_.received().size() < 3) io_.run_one();
  EXPECT_EQ(receiver.received().size(), 1U) << "it still has not answered the first";
  EXPECT_EQ(bad().messages, 3U);
}

TEST_F(FaultyReceivers, AnEndlessAnswerIsLeftAfterItsBeginning) {
  std::size_t sent = 0;
  tcp::acceptor acceptor(io_, tcp::endpoint(asio::ip::address_v4::loopback(), 0));
  asio::co_spawn(
      io_,
      [](tcp::acceptor& from, std::size_t& count) -> asio::awaitable<void> {
        auto socket = co_await from.async_accept(asio::use_awaitable);
        const std::string head = "HTTP/1.1 200 OK\r\n\r\n";
        const std::string piece(64 << 10, 'x');
        co_await asio::async_write(socket, asio::buffer(head), asio::use_awaitable);
        for (;;) {
          const auto [error, size] =
              co_await asio::async_write(socket, asio::buffer(piece), asio::as_tuple(asio::use_awaitable));
          count += size;
          if (error) co_return;
        }
      }(acceptor, sent),
      asio::detached);
  start(fmt::format("http://127.0.0.1:{}/", acceptor.local_endpoint().port()));
  fire("Down");
  EXPECT_EQ(bad().messages, 0U);
  EXPECT_LT(sent, 32U << 20U) << "what fits into the sockets' buffers";
}

TEST_F(FaultyReceivers, AnAnswerBeforeTheRequestIsReadCounts) {
  tcp::acceptor acceptor(io_, tcp::endpoint(asio::ip::address_v4::loopback(), 0));
  asio::co_spawn(
      io_,
      [](tcp::acceptor& from) -> asio::awaitable<void> {
        auto socket = co_await from.async_accept(asio::use_awaitable);
        const auto refusal = response("413 Content Too Large", "");
        co_await asio::async_write(socket, asio::buffer(refusal), asio::use_awaitable);
      }(acceptor),
      asio::detached);
  start(fmt::format("http://127.0.0.1:{}/", acceptor.local_endpoint().port()));
  auto notice = firing("Down", now_);
  notice.annotations["details"] = std::string(8 << 20, 'x');  // more than fits into the sockets' buffers
  life_->receive({notice});
  EXPECT_EQ(bad().messages, 0U) << bad().last_error;
  EXPECT_EQ(failed("refused"), 1) << bad().last_error;
}

TEST_F(FaultyReceivers, ARedirectToAnotherHostGetsNoCredentials) {
  ScriptedServer elsewhere(io_, badly(response("200 OK", "")));
  for (const char* status : {"301 Moved", "302 Found", "307 Temporary Redirect", "308 Permanent Redirect"}) {
    SCOPED_TRACE(status);
    life_.reset();
    std::filesystem::remove_all(folder_.path());
    ScriptedServer receiver(
        io_, badly(response(status, "", fmt::format("Location: http://127.0.0.1:{}/\r\n", elsewhere.port()))));
    start(fmt::format("http://127.0.0.1:{}/", receiver.port()), ", http_config: {authorization: {credentials: abc}}");
    fire("Down");
    ASSERT_EQ(receiver.received().size(), 1U);
    EXPECT_THAT(receiver.received()[0].head, HasSubstr("Authorization: Bearer abc"));
  }
  for (const auto& request : elsewhere.received()) EXPECT_THAT(request.head, testing::Not(HasSubstr("abc")));
}

TEST_F(FaultyReceivers, BrokenTlsKeepsTheMessageAndSaysWhatIsWrong) {
  const auto authority = make_authority("nobody knows it");
  const auto identity = issue(authority, "127.0.0.1");
  ScriptedServer receiver(io_, badly(response("200 OK", "")), identity);
  start(fmt::format("https://127.0.0.1:{}/secret-path", receiver.port()));
  fire("Down");
  expect_owed("network", "certificate");
  EXPECT_TRUE(receiver.received().empty()) << "nothing is sent to whom we do not know";
}

TEST_F(FaultyReceivers, AStormOf429IsAnsweredWithPatience) {
  struct Row {
    const char* retry_after;
    std::size_t least;
    std::size_t most;
  };
  // Tries within an hour, the first included.
  const Row rows[] = {{"", 50, 110},
                      {"0", 50, 110},
                      {"120", 29, 32},
                      {"600", 6, 7},
                      {"99999999999999999999", 2, 2},
                      {"-5", 50, 110},
                      {"soon", 50, 110},
                      {"Sun, 22 Nov 2026 10:30:00 GMT", 25, 60},
                      {"Tue, 22 Nov 2061 10:00:00 GMT", 2, 2}};
  for (const auto& row : rows) {
    SCOPED_TRACE(row.retry_after);
    life_.reset();
    now_ = kStart;
    std::filesystem::remove_all(folder_.path());
    ScriptedServer receiver(
        io_, badly(response("429 Too Many Requests", "",
                            *row.retry_after == '\0' ? "" : fmt::format("Retry-After: {}\r\n", row.retry_after))));
    start(receiver);
    for (int i = 0; i < 20; ++i) fire(fmt::format("Alert {}", i));
    for (int second = 0; second < 3600; second += 5) {
      now_ = kStart + std::chrono::seconds(second + 5);
      fire("Watchdog");
    }
    EXPECT_GE(receiver.received().size(), row.least);
    EXPECT_LE(receiver.received().size(), row.most);
    EXPECT_EQ(bad().messages, 21U);
  }
}

}  // namespace
}  // namespace a2od
