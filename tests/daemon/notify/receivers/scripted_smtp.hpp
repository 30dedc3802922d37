// A mail server that says what a test wants it to, one session after the other.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace a2od::test {

/// What it answers to the first word of a line, or to "GREETING" and "." (the end of the content). Without an entry it
/// agrees. kClose closes instead; kDrip sends a byte of an endless answer now and then, until the client goes.
struct SmtpScript {
  static constexpr const char* kClose = "close";
  static constexpr const char* kDrip = "drip";
  std::map<std::string, std::string> answers;
};

class ScriptedSmtp {
 public:
  explicit ScriptedSmtp(SmtpScript script);
  ~ScriptedSmtp();
  ScriptedSmtp(const ScriptedSmtp&) = delete;
  ScriptedSmtp& operator=(const ScriptedSmtp&) = delete;

  [[nodiscard]] std::uint16_t port() const { return port_; }
  /// All lines that clients sent so far.
  [[nodiscard]] std::vector<std::string> lines() const;
  /// Whether some client is being dripped upon.
  [[nodiscard]] bool dripping() const { return dripping_; }

 private:
  void serve();
  void talk(int client);
  /// False: the session is over.
  bool answer(int client, const std::string& line);

  SmtpScript script_;
  int listener_ = -1;
  std::uint16_t port_ = 0;
  std::atomic<bool> stopping_ = false;
  std::atomic<bool> dripping_ = false;
  mutable std::mutex mutex_;
  std::vector<std::string> lines_;
  std::thread thread_;
};

}  // namespace a2od::test
