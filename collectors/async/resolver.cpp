#include "collectors/async/resolver.hpp"

#include "collectors/async/event.hpp"

#include <ares.h>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <netdb.h>

#include <chrono>
#include <filesystem>
#include <map>
#include <optional>

namespace a2od {

namespace asio = boost::asio;
namespace fs = std::filesystem;

namespace {

constexpr int kServerTimeoutMilliseconds = 2000;
constexpr int kTries = 2;

/// ares_library_init() counts its calls and must come before any channel.
int init_library() {
  static const int status = ares_library_init(ARES_LIB_INIT_ALL);
  return status;
}

fs::file_time_type servers_changed() {
  std::error_code ignored;
  return fs::last_write_time("/etc/resolv.conf", ignored);
}

std::optional<asio::ip::address> address_of(const ares_addrinfo_node& node) {
  if (node.ai_family == AF_INET) {
    const auto* from = reinterpret_cast<const sockaddr_in*>(node.ai_addr);
    return asio::ip::address_v4(ntohl(from->sin_addr.s_addr));
  }
  if (node.ai_family != AF_INET6) return std::nullopt;
  const auto* from = reinterpret_cast<const sockaddr_in6*>(node.ai_addr);
  asio::ip::address_v6::bytes_type bytes;
  std::copy(std::begin(from->sin6_addr.s6_addr), std::end(from->sin6_addr.s6_addr), bytes.begin());
  return asio::ip::address_v6(bytes, from->sin6_scope_id);
}

/// One lookup: shared by the coroutine that waits for it and by c-ares, which may be the last to let go.
struct Lookup {
  explicit Lookup(const asio::any_io_executor& executor) : ended(executor) {}

  void finish(int status, const ares_addrinfo* info) {
    for (const auto* node = info != nullptr ? info->nodes : nullptr; node != nullptr; node = node->ai_next)
      if (auto address = address_of(*node)) addresses.push_back(std::move(*address));
    if (addresses.empty()) error = status == ARES_SUCCESS ? "the name has no address" : ares_strerror(status);
    done = true;
    ended.notify_all();
  }

  Event ended;
  bool done = false;
  Resolver::Addresses addresses;
  std::string error;
};

void on_lookup_end(void* argument, int status, int /*timeouts*/, ares_addrinfo* info) {
  const std::unique_ptr<std::shared_ptr<Lookup>> lookup(static_cast<std::shared_ptr<Lookup>*>(argument));
  (*lookup)->finish(status, info);
  if (info != nullptr) ares_freeaddrinfo(info);
}

}  // namespace

/// The channel and the sockets that c-ares asked us to watch. Handlers hold it weakly: it may die under them.
struct Resolver::Impl : std::enable_shared_from_this<Impl> {
  struct Watch {
    explicit Watch(asio::posix::stream_descriptor of) : descriptor(std::move(of)) {}
    asio::posix::stream_descriptor descriptor;
    bool wants_read = false;
    bool wants_write = false;
    bool reading = false;
    bool writing = false;
  };

  explicit Impl(asio::any_io_executor on) : executor(std::move(on)), timer(executor) {}

  ~Impl() { close(); }

  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  /// c-ares' own status.
  int open() {
    if (const int status = init_library(); status != ARES_SUCCESS) return status;
    ares_options options{};
    options.timeout = kServerTimeoutMilliseconds;
    options.tries = kTries;
    options.sock_state_cb = [](void* self, ares_socket_t socket, int readable, int writable) {
      static_cast<Impl*>(self)->watch(socket, readable != 0, writable != 0);
    };
    options.sock_state_cb_data = this;
    std::string files_first = "fb";
    options.lookups = files_first.data();
    opened_for = servers_changed();
    return ares_init_options(&channel, &options,
                             ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_SOCK_STATE_CB | ARES_OPT_LOOKUPS);
  }

  void close() {
    if (channel != nullptr) ares_destroy(channel);
    channel = nullptr;
    for (auto& [socket, watched] : watches) watched->descriptor.release();
    watches.clear();
  }

  void start(const std::shared_ptr<Lookup>& lookup, const std::string& host) {
    if (channel != nullptr && watches.empty() && servers_changed() != opened_for) close();
    if (const int status = channel == nullptr ? open() : ARES_SUCCESS; status != ARES_SUCCESS) {
      channel = nullptr;
      lookup->finish(status, nullptr);
      return;
    }
    ares_addrinfo_hints hints{};
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    auto argument = std::make_unique<std::shared_ptr<Lookup>>(lookup);
    ares_getaddrinfo(channel, host.c_str(), nullptr, &hints, on_lookup_end, argument.release());
    arm_timer();
  }

  void watch(ares_socket_t socket, bool readable, bool writable) {
    auto found = watches.find(socket);
    if (!readable && !writable) {
      if (found == watches.end()) return;
      found->second->descriptor.release();  // c-ares closes it
      watches.erase(found);
      return;
    }
    if (found == watches.end()) {
      auto watched = std::make_shared<Watch>(asio::posix::stream_descriptor(executor, socket));
      found = watches.emplace(socket, std::move(watched)).first;
    }
    found->second->wants_read = readable;
    found->second->wants_write = writable;
    arm(socket, found->second);
  }

  void arm(ares_socket_t socket, const std::shared_ptr<Watch>& watched) {
    if (watched->wants_read && !watched->reading) wait(socket, watched, asio::posix::stream_descriptor::wait_read);
    if (watched->wants_write && !watched->writing) wait(socket, watched, asio::posix::stream_descriptor::wait_write);
  }

  void wait(ares_socket_t socket, const std::shared_ptr<Watch>& watched,
            asio::posix::stream_descriptor::wait_type type) {
    const bool reads = type == asio::posix::stream_descriptor::wait_read;
    (reads ? watched->reading : watched->writing) = true;
    watched->descriptor.async_wait(
        type, [self = weak_from_this(), weak = std::weak_ptr(watched), socket, reads](boost::system::error_code error) {
          const auto impl = self.lock();
          const auto still_watched = weak.lock();
          if (!impl || !still_watched) return;
          (reads ? still_watched->reading : still_watched->writing) = false;
          if (error || impl->channel == nullptr) return;
          ares_process_fd(impl->channel, reads ? socket : ARES_SOCKET_BAD, reads ? ARES_SOCKET_BAD : socket);
          const auto found = impl->watches.find(socket);
          if (found != impl->watches.end() && found->second == still_watched) impl->arm(socket, still_watched);
          impl->arm_timer();
        });
  }

  void arm_timer() {
    timeval wait{};
    if (ares_timeout(channel, nullptr, &wait) == nullptr) {
      timer.cancel();
      return;
    }
    timer.expires_after(std::chrono::seconds(wait.tv_sec) + std::chrono::microseconds(wait.tv_usec));
    timer.async_wait([self = weak_from_this()](boost::system::error_code error) {
      const auto impl = self.lock();
      if (error || !impl || impl->channel == nullptr) return;
      ares_process_fd(impl->channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
      impl->arm_timer();
    });
  }

  asio::any_io_executor executor;
  asio::steady_timer timer;
  ares_channel channel = nullptr;
  fs::file_time_type opened_for;
  std::map<ares_socket_t, std::shared_ptr<Watch>> watches;
};

Resolver::Resolver(asio::any_io_executor executor) : impl_(std::make_shared<Impl>(std::move(executor))) {}

// A handler may hold the last reference for a moment: the channel is closed here, not there.
Resolver::~Resolver() { impl_->close(); }

asio::awaitable<std::expected<Resolver::Addresses, std::string>> Resolver::resolve(std::string host) {
  boost::system::error_code not_numeric;
  auto numeric = asio::ip::make_address(host, not_numeric);
  if (!not_numeric) co_return Addresses{std::move(numeric)};
  const auto lookup = std::make_shared<Lookup>(impl_->executor);
  impl_->start(lookup, host);
  while (!lookup->done) co_await lookup->ended.wait();
  if (lookup->addresses.empty()) co_return std::unexpected(std::move(lookup->error));
  co_return std::move(lookup->addresses);
}

}  // namespace a2od
