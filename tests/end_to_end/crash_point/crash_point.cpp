// Preloaded into the daemon as it is shipped, ends it at one step of storing or sending: the A2OD_CRASH_POINT-th,
// counted from 1, of all writes, truncations, syncs and removals of the state database, and of what is sent to and has
// come from port A2OD_CRASH_PORT. The step itself is not done any more; an answer that has come is not looked at.
#include <arpa/inet.h>
#include <dlfcn.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace {

constexpr int kExitCode = 42;

long number(const char* variable) {
  const char* text = std::getenv(variable);
  return text == nullptr ? 0 : std::atol(text);
}

void point() {
  static const long last = number("A2OD_CRASH_POINT");
  static std::atomic<long> count{0};
  if (++count == last) ::_exit(kExitCode);
}

bool is_state(std::string_view path) { return path.find("/state.db") != std::string_view::npos; }

bool is_state(int file) {
  std::array<char, 64> link{};
  std::snprintf(link.data(), link.size(), "/proc/self/fd/%d", file);
  std::array<char, 4096> path{};
  const auto length = ::readlink(link.data(), path.data(), path.size());
  return length > 0 && is_state(std::string_view(path.data(), static_cast<std::size_t>(length)));
}

bool is_receiver(int socket) {
  static const long port = number("A2OD_CRASH_PORT");
  sockaddr_in peer{};
  socklen_t size = sizeof peer;
  return ::getpeername(socket, reinterpret_cast<sockaddr*>(&peer), &size) == 0 && ntohs(peer.sin_port) == port;
}

template <class Function>
Function* next(const char* name) {
  return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}

}  // namespace

extern "C" {

ssize_t pwrite64(int file, const void* from, size_t size, off64_t offset) {
  static auto* const real = next<ssize_t(int, const void*, size_t, off64_t)>("pwrite64");
  if (is_state(file)) point();
  return real(file, from, size, offset);
}

ssize_t write(int file, const void* from, size_t size) {
  static auto* const real = next<ssize_t(int, const void*, size_t)>("write");
  if (is_state(file)) point();
  return real(file, from, size);
}

int fdatasync(int file) {
  static auto* const real = next<int(int)>("fdatasync");
  if (is_state(file)) point();
  return real(file);
}

int fsync(int file) {
  static auto* const real = next<int(int)>("fsync");
  if (is_state(file)) point();
  return real(file);
}

int ftruncate64(int file, off64_t size) noexcept {
  static auto* const real = next<int(int, off64_t)>("ftruncate64");
  if (is_state(file)) point();
  return real(file, size);
}

int unlink(const char* path) noexcept {
  static auto* const real = next<int(const char*)>("unlink");
  if (is_state(std::string_view(path))) point();
  return real(path);
}

ssize_t sendmsg(int socket, const msghdr* message, int flags) {
  static auto* const real = next<ssize_t(int, const msghdr*, int)>("sendmsg");
  if (is_receiver(socket)) point();
  return real(socket, message, flags);
}

ssize_t send(int socket, const void* from, size_t size, int flags) {
  static auto* const real = next<ssize_t(int, const void*, size_t, int)>("send");
  if (is_receiver(socket)) point();
  return real(socket, from, size, flags);
}

ssize_t recvmsg(int socket, msghdr* message, int flags) {
  static auto* const real = next<ssize_t(int, msghdr*, int)>("recvmsg");
  const auto got = real(socket, message, flags);
  if (got > 0 && is_receiver(socket)) point();
  return got;
}

ssize_t recv(int socket, void* to, size_t size, int flags) {
  static auto* const real = next<ssize_t(int, void*, size_t, int)>("recv");
  const auto got = real(socket, to, size, flags);
  if (got > 0 && is_receiver(socket)) point();
  return got;
}
}
