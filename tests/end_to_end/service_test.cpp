// What the service manager hears of the daemon. Here the test is the service manager.
#include "tests/end_to_end/stage.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <csignal>
#include <cstdlib>

namespace a2od::end_to_end {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

/// The socket that it listens on, named to the daemon as systemd does.
class Listener {
 public:
  explicit Listener(const std::filesystem::path& path) : socket_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un name{};
    name.sun_family = AF_UNIX;
    path.string().copy(name.sun_path, sizeof(name.sun_path) - 1);
    if (::bind(socket_, reinterpret_cast<const sockaddr*>(&name), sizeof(name)) != 0)
      throw std::runtime_error("cannot listen on " + path.string());
    const timeval limit{.tv_sec = 10, .tv_usec = 0};
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
    ::setenv("NOTIFY_SOCKET", path.c_str(), 1);
  }
  ~Listener() {
    ::close(socket_);
    for (const auto* name : {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"}) ::unsetenv(name);
  }
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  /// The next message, or nothing within ten seconds.
  [[nodiscard]] std::string next() const {
    std::array<char, 4096> text{};
    const auto size = ::recv(socket_, text.data(), text.size(), 0);
    return size < 0 ? std::string() : std::string(text.data(), static_cast<std::size_t>(size));
  }
  /// The next one that is no sign of life.
  [[nodiscard]] std::string next_change() const {
    auto message = next();
    while (message == "WATCHDOG=1") message = next();
    return message;
  }

 private:
  int socket_;
};

/// Sockets' names are short: not in the stage's folder.
std::filesystem::path socket_path() { return "/tmp/a2od-service-" + std::to_string(::getpid()); }

struct Service {
  explicit Service(const std::string& name) : stage(name), listener(socket_path()) {
    stage.start_tenant("healthy.yaml");
    stage.write_configuration();
    start();
  }
  ~Service() { std::filesystem::remove(socket_path()); }
  Service(const Service&) = delete;
  Service& operator=(const Service&) = delete;

  void start() {
    stage.daemon.emplace(std::vector{program("a2od"), std::string("run"), (stage.folder / "a2od.yaml").string()},
                         stage.folder / "a2od.log");
  }

  Stage stage;
  Listener listener;
};

TEST(Service, HearsOfStartReloadAndStop) {
  Service service("service");
  EXPECT_THAT(service.listener.next(), AllOf(StartsWith("READY=1\n"), HasSubstr("STATUS=listening on 127.0.0.1:")));
  EXPECT_EQ(get(service.stage.port, "/-/healthy").status, 200u) << "ready means that it answers";

  service.stage.daemon->signal(SIGHUP);
  EXPECT_THAT(service.listener.next(), StartsWith("RELOADING=1\nMONOTONIC_USEC="));
  EXPECT_THAT(service.listener.next(), AllOf(StartsWith("READY=1\n"), HasSubstr("listening on")));

  service.stage.more = "colectors: {}\n";
  service.stage.write_configuration();
  EXPECT_EQ(request(service.stage.port, "POST", "/-/reload").status, 500u);
  EXPECT_THAT(service.listener.next(), StartsWith("RELOADING=1\n"));
  EXPECT_THAT(service.listener.next(), AllOf(StartsWith("READY=1\n"), HasSubstr("has problems")));

  service.stage.daemon->signal(SIGTERM);
  EXPECT_THAT(service.listener.next(), StartsWith("STOPPING=1\n"));
  EXPECT_EQ(service.stage.daemon->wait(5s), 0);
}

TEST(Service, HearsSignsOfLifeWhereTheyAreExpected) {
  ::setenv("WATCHDOG_USEC", "400000", 1);
  Service service("watchdog");
  EXPECT_THAT(service.listener.next_change(), StartsWith("READY=1\n"));
  const auto begun = std::chrono::steady_clock::now();
  for (int i = 0; i < 5; ++i) EXPECT_EQ(service.listener.next(), "WATCHDOG=1");
  EXPECT_GE(std::chrono::steady_clock::now() - begun, 300ms) << "a quarter of the time each";
}

TEST(Service, HearsNoSignsOfLifeThatAreExpectedOfAnotherProcess) {
  ::setenv("WATCHDOG_USEC", "40000", 1);
  ::setenv("WATCHDOG_PID", "1", 1);
  Service service("not_watched");
  EXPECT_THAT(service.listener.next(), StartsWith("READY=1\n"));
  pause_for(200ms);
  service.stage.daemon->signal(SIGTERM);
  EXPECT_THAT(service.listener.next(), StartsWith("STOPPING=1\n"));
}

TEST(Service, AWrongSocketIsSaidAndStopsNothing) {
  Service service("no_socket");
  ::setenv("NOTIFY_SOCKET", "relative", 1);
  service.start();
  EXPECT_TRUE(service.stage.daemon->wait_for_output("listening on", 20s)) << service.stage.daemon->output();
  EXPECT_THAT(service.stage.daemon->output(), HasSubstr("NOTIFY_SOCKET=relative: Invalid argument"));
}

}  // namespace
}  // namespace a2od::end_to_end
