// Runs a program, with every wait and size bounded: no shell, an environment of its own, killed with all its children
// when its time is over.
#pragma once

#include "config/time.hpp"

#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <map>
#include <string>
#include <vector>

namespace a2od {

struct ProcessRequest {
  std::vector<std::string> command;  ///< the program by its whole path, and its arguments
  std::map<std::string, std::string> environment;
  Milliseconds limit{};
  std::size_t max_output = 0;
};

struct ProcessResult {
  std::string output;  ///< of standard output
  std::string error;   ///< why there is none: not started, killed, failed, with the last line of standard error
  [[nodiscard]] bool succeeded() const { return error.empty(); }
};

/// On the caller's executor. Throws only operation_aborted, when cancelled; the program is killed then, too.
boost::asio::awaitable<ProcessResult> run_process(ProcessRequest request);

}  // namespace a2od
