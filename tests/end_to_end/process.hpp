// A program that a test starts, talks to by signals, and never leaves behind.
#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace a2od::end_to_end {

/// Its standard output and error go to a file, and can be read while it runs. Destroying it kills it.
class Process {
 public:
  Process(std::vector<std::string> command, std::filesystem::path log);
  ~Process();
  Process(Process&& other) noexcept;
  Process& operator=(Process&& other) noexcept;

  void signal(int number) const;

  /// The exit code, 128 and more for a signal; nothing when it still runs after that time.
  std::optional<int> wait(std::chrono::milliseconds at_most);

  [[nodiscard]] std::string output() const;
  [[nodiscard]] bool running();

  /// Waits until its output has this text; false when it ends or takes `kPatience` times as long.
  bool wait_for_output(const std::string& text, std::chrono::milliseconds at_most);

 private:
  void kill();
  int pid_ = -1;
  std::filesystem::path log_;
};

/// How much longer than usual we wait before we call something dead: where every program of a test is sanitized, most
/// of the machine is theirs. Nothing that comes to pass waits for it.
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
constexpr int kPatience = 5;
#else
constexpr int kPatience = 1;
#endif

/// Runs a command to its end, for `kPatience` times as long at most, and returns its exit code and output.
struct Finished {
  int code = 0;
  std::string output;
};
Finished run(std::vector<std::string> command, std::chrono::seconds at_most = std::chrono::seconds(60));

void pause_for(std::chrono::milliseconds time);

/// Asks again and again until `done` says true; false after that time.
template <class Condition>
bool within(Condition done, std::chrono::milliseconds time, std::chrono::milliseconds pause) {
  const auto end = std::chrono::steady_clock::now() + time;
  while (!done()) {
    if (std::chrono::steady_clock::now() > end) return false;
    pause_for(pause);
  }
  return true;
}

/// The same, `kPatience` times as long.
template <class Condition>
bool eventually(Condition done, std::chrono::milliseconds at_most,
                std::chrono::milliseconds pause = std::chrono::milliseconds(50)) {
  return within(done, at_most * kPatience, pause);
}

}  // namespace a2od::end_to_end
