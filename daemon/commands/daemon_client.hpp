// Asking a running daemon from the command line.
#pragma once

#include "config/matcher.hpp"

#include <functional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace a2od {

/// Where it runs, and how to be let in.
struct DaemonAddress {
  std::string server = "http://127.0.0.1:9365";
  std::string credentials_file;  ///< one line, user:password
  std::string ca_file;
};

/// What is said to whoever typed the command.
struct CommandFailed : std::runtime_error {
  using std::runtime_error::runtime_error;
};

struct DaemonAnswer {
  unsigned status = 0;
  std::string body;
};

/// Waits for the answer, up to three minutes. Throws CommandFailed where there is none, or it is 401.
[[nodiscard]] DaemonAnswer ask_daemon(const DaemonAddress& address, std::string_view method, std::string_view path,
                                      std::string_view content_type = {}, std::string body = {});

/// Runs what a command does, and says why it failed; the exit code.
int attempt(const DaemonAddress& address, const std::function<void()>& work);

/// Who typed the command.
[[nodiscard]] std::string user_name();

/// What an answer of /api/v1 says is wrong.
[[nodiscard]] std::string api_fault(const DaemonAnswer& answer);

/// Without what would act on a terminal, but for line breaks: labels are other people's.
[[nodiscard]] std::string for_terminal(std::string_view text);

/// "Down" alone means the alert of that name, as amtool has it. Throws CommandFailed.
[[nodiscard]] std::vector<Matcher> read_matchers(const std::vector<std::string>& texts);

}  // namespace a2od
