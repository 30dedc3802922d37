#include "tests/end_to_end/process.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <thread>
#include <utility>

extern char** environ;

namespace a2od::end_to_end {

namespace {

int exit_code(int status) { return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status); }

}  // namespace

Process::Process(std::vector<std::string> command, std::filesystem::path log) : log_(std::move(log)) {
  std::filesystem::create_directories(log_.parent_path());
  std::vector<char*> arguments;
  for (auto& word : command) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, log_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_APPEND,
                                   0644);
  posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO);
  const int failure = posix_spawn(&pid_, arguments[0], &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (failure != 0) throw std::runtime_error("cannot start " + command[0]);
}

Process::~Process() { kill(); }

Process::Process(Process&& other) noexcept : pid_(std::exchange(other.pid_, -1)), log_(std::move(other.log_)) {}

Process& Process::operator=(Process&& other) noexcept {
  if (this == &other) return *this;
  kill();
  pid_ = std::exchange(other.pid_, -1);
  log_ = std::move(other.log_);
  return *this;
}

void Process::kill() {
  if (pid_ < 0) return;
  ::kill(pid_, SIGKILL);
  ::waitpid(std::exchange(pid_, -1), nullptr, 0);
}

void Process::signal(int number) const {
  if (pid_ >= 0) ::kill(pid_, number);
}

std::optional<int> Process::wait(std::chrono::milliseconds at_most) {
  int status = 0;
  const bool ended = pid_ >= 0 && within([&] { return ::waitpid(pid_, &status, WNOHANG) == pid_; }, at_most,
                                         std::chrono::milliseconds(5));
  if (!ended) return std::nullopt;
  pid_ = -1;
  return exit_code(status);
}

bool Process::running() { return pid_ >= 0 && !wait(std::chrono::milliseconds(0)).has_value(); }

std::string Process::output() const {
  std::ifstream file(log_, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

bool Process::wait_for_output(const std::string& text, std::chrono::milliseconds at_most) {
  const auto seen = [&] { return output().find(text) != std::string::npos; };
  return eventually([&] { return seen() || !running(); }, at_most) && seen();
}

Finished run(std::vector<std::string> command, std::chrono::seconds at_most) {
  const auto log = std::filesystem::temp_directory_path() /
                   ("a2od-run-" + std::to_string(::getpid()) + "-" + std::to_string(std::rand()) + ".log");
  Process process(std::move(command), log);
  const auto code = process.wait(at_most * kPatience);
  Finished finished{code.value_or(-1), process.output()};
  std::filesystem::remove(log);
  return finished;
}

void pause_for(std::chrono::milliseconds time) { std::this_thread::sleep_for(time); }

}  // namespace a2od::end_to_end
