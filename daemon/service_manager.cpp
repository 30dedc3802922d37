#include "daemon/service_manager.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <charconv>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <ctime>

namespace a2od {

namespace asio = boost::asio;

namespace {

std::string_view variable(const char* name) {
  const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): no one sets variables
  return value == nullptr ? std::string_view() : value;
}

std::optional<long long> number(std::string_view text) {
  long long value = 0;
  const auto* end = text.data() + text.size();
  if (std::from_chars(text.data(), end, value) != std::from_chars_result{end, std::errc()}) return std::nullopt;
  return value;
}

/// A socket that is connected to that address, a path or "@name" in the abstract namespace; -1 and errno otherwise.
int connect_to(std::string_view address) {
  sockaddr_un name{};
  name.sun_family = AF_UNIX;
  if (address.size() < 2 || address.size() >= sizeof(name.sun_path) || (address[0] != '/' && address[0] != '@')) {
    errno = EINVAL;
    return -1;
  }
  address.copy(name.sun_path, address.size());
  if (address[0] == '@') name.sun_path[0] = '\0';
  const int socket = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (socket < 0) return -1;
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + address.size());
  if (::connect(socket, reinterpret_cast<const sockaddr*>(&name), size) == 0) return socket;
  const int failure = errno;
  ::close(socket);
  errno = failure;
  return -1;
}

/// $WATCHDOG_USEC is after how long without a sign of life we are ended: four of them may be given until then.
std::optional<std::chrono::microseconds> sign_of_life_interval() {
  constexpr int kInThatTime = 4;
  const auto limit = number(variable("WATCHDOG_USEC"));
  const auto watched = variable("WATCHDOG_PID");
  if (!limit || *limit < kInThatTime || (!watched.empty() && number(watched) != ::getpid())) return std::nullopt;
  return std::chrono::microseconds(*limit / kInThatTime);
}

}  // namespace

ServiceManager::ServiceManager() {
  const auto address = variable("NOTIFY_SOCKET");
  if (address.empty()) return;
  socket_ = connect_to(address);
  if (socket_ < 0)
    spdlog::warn("the service manager is not told how we are: NOTIFY_SOCKET={}: {}", address, std::strerror(errno));
  else
    due_ = sign_of_life_interval();
}

ServiceManager::~ServiceManager() {
  if (socket_ >= 0) ::close(socket_);
}

void ServiceManager::ready(std::string_view status) const { tell(fmt::format("READY=1\nSTATUS={}", status)); }

void ServiceManager::reloading() const {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  tell(fmt::format("RELOADING=1\nMONOTONIC_USEC={}", now.tv_sec * 1'000'000LL + now.tv_nsec / 1'000));
}

void ServiceManager::stopping() const { tell("STOPPING=1\nSTATUS=stopping"); }

asio::awaitable<void> ServiceManager::give_signs_of_life() const {
  if (!due_) co_return;
  asio::steady_timer timer(co_await asio::this_coro::executor);
  for (;;) {
    tell("WATCHDOG=1");
    timer.expires_after(*due_);
    co_await timer.async_wait(asio::use_awaitable);
  }
}

void ServiceManager::tell(const std::string& message) const {
  if (socket_ < 0) return;
  if (::send(socket_, message.data(), message.size(), MSG_NOSIGNAL) < 0)
    spdlog::debug("the service manager cannot be told '{}': {}", message, std::strerror(errno));
}

}  // namespace a2od
