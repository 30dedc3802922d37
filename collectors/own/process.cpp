#include "collectors/own/process.hpp"

#include "collectors/async/deadline.hpp"
#include "config/duration.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <optional>
#include <utility>

namespace a2od {

using asio::posix::stream_descriptor;

namespace {

constexpr std::size_t kPiece = 16U << 10U;

std::string system_message(int error) {
  return boost::system::error_code(error, boost::system::system_category()).message();
}

/// Two ends that close themselves.
struct Pipe {
  int read = -1;
  int write = -1;
  Pipe() {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) == 0) {
      read = ends[0];
      write = ends[1];
    }
  }
  ~Pipe() {
    close_end(read);
    close_end(write);
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  [[nodiscard]] bool open() const { return read >= 0; }
  static void close_end(int& end) {
    if (end >= 0) ::close(std::exchange(end, -1));
  }
  int take_read() { return std::exchange(read, -1); }
};

std::vector<char*> pointers_to(std::vector<std::string>& words) {
  std::vector<char*> pointers;
  for (auto& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  return pointers;
}

/// A child in a process group of its own; whoever is left of it is killed when this goes.
class Child {
 public:
  Child() = default;
  ~Child() { end(); }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  /// 0, or the error.
  int start(const ProcessRequest& request, int output, int error_output) {
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawnattr_init(&attributes);
    ::posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    ::posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
    ::posix_spawn_file_actions_adddup2(&actions, error_output, STDERR_FILENO);
    ::posix_spawn_file_actions_addclosefrom_np(&actions, STDERR_FILENO + 1);
    ::posix_spawn_file_actions_addchdir_np(&actions, "/");
    sigset_t none;
    sigset_t all;
    ::sigemptyset(&none);
    ::sigfillset(&all);
    ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    ::posix_spawnattr_setpgroup(&attributes, 0);
    ::posix_spawnattr_setsigmask(&attributes, &none);
    ::posix_spawnattr_setsigdefault(&attributes, &all);
    auto words = request.command;
    std::vector<std::string> variables;
    for (const auto& [name, value] : request.environment) variables.push_back(name + "=" + value);
    const auto arguments = pointers_to(words);
    const auto environment = pointers_to(variables);
    const int failed =
        ::posix_spawn(&pid_, words.front().c_str(), &actions, &attributes, arguments.data(), environment.data());
    ::posix_spawnattr_destroy(&attributes);
    ::posix_spawn_file_actions_destroy(&actions);
    if (failed != 0) pid_ = -1;
    return failed;
  }

  [[nodiscard]] int open_descriptor() const { return static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0)); }

  /// Kills the group, and takes the status of the child: it must be known to have ended, or not to be wanted.
  int end() {
    if (pid_ < 0) return status_;
    ::kill(-pid_, SIGKILL);
    while (::waitpid(pid_, &status_, 0) < 0 && errno == EINTR) {
    }
    pid_ = -1;
    return status_;
  }

  /// As above, for a child that has ended by itself: its status is its own.
  int collect() {
    if (pid_ < 0) return status_;
    while (::waitpid(pid_, &status_, 0) < 0 && errno == EINTR) {
    }
    ::kill(-std::exchange(pid_, -1), SIGKILL);  // children that it left behind
    return status_;
  }

 private:
  pid_t pid_ = -1;
  int status_ = 0;
};

/// False when there is more than `most`.
asio::awaitable<bool> read_all(stream_descriptor& from, std::string& into, std::size_t most) {
  std::vector<char> piece(kPiece);
  for (;;) {
    const auto [error, size] = co_await from.async_read_some(asio::buffer(piece), asio::as_tuple(asio::use_awaitable));
    if (error == asio::error::operation_aborted) throw boost::system::system_error(error);
    if (error) co_return true;
    if (into.size() + size > most) co_return false;
    into.append(piece.data(), size);
  }
}

asio::awaitable<bool> read_until_it_ends(stream_descriptor& output, stream_descriptor& ended, std::string& into,
                                         std::size_t most) {
  const bool all = co_await read_all(output, into, most);
  if (!all) co_return false;
  co_await ended.async_wait(stream_descriptor::wait_read, asio::use_awaitable);
  co_return true;
}

/// What the child has complained of last; it never waits to do so, as nobody reads meanwhile.
std::string last_line(int descriptor) {
  std::array<char, kPiece> bytes{};
  const auto size = ::read(descriptor, bytes.data(), bytes.size());
  std::string_view text(bytes.data(), size > 0 ? static_cast<std::size_t>(size) : 0);
  while (text.ends_with('\n')) text.remove_suffix(1);
  const auto line = text.rfind('\n');
  text = line == std::string_view::npos ? text : text.substr(line + 1);
  return std::string(text.substr(0, 200));
}

std::string described(int status, const std::string& complaint) {
  const auto said = complaint.empty() ? std::string() : ": " + complaint;
  if (WIFSIGNALED(status)) return fmt::format("ended by signal {}{}", WTERMSIG(status), said);
  return fmt::format("exited with {}{}", WEXITSTATUS(status), said);
}

}  // namespace

asio::awaitable<ProcessResult> run_process(ProcessRequest request) {
  ProcessResult result;
  Pipe output;
  Pipe errors;
  Child child;
  if (!output.open() || !errors.open()) {
    result.error = "no pipe: " + system_message(errno);
    co_return result;
  }
  ::fcntl(errors.write, F_SETFL, O_NONBLOCK);
  ::fcntl(errors.read, F_SETFL, O_NONBLOCK);
  if (const int failed = child.start(request, output.write, errors.write); failed != 0) {
    result.error = fmt::format("cannot be started: {}", system_message(failed));
    co_return result;
  }
  Pipe::close_end(output.write);
  Pipe::close_end(errors.write);
  const auto executor = co_await asio::this_coro::executor;
  stream_descriptor from(executor, output.take_read());
  stream_descriptor ended(executor, child.open_descriptor());
  std::optional<bool> all;
  try {
    all = co_await within(request.limit, read_until_it_ends(from, ended, result.output, request.max_output));
  } catch (const boost::system::system_error& error) {
    if (error.code() != asio::error::timed_out) throw;
  }
  if (!all || !*all) {
    result.error = !all ? fmt::format("no end within {}: killed", format_duration(request.limit))
                        : fmt::format("printed more than {} bytes: killed", request.max_output);
    co_return result;
  }
  const int status = child.collect();
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) result.error = described(status, last_line(errors.read));
  co_return result;
}

}  // namespace a2od
