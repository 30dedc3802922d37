#include "daemon/command_line/command_line.hpp"
#include "rules/promql/functions.hpp"

#include <CLI/CLI.hpp>

#include <string>
#include <vector>

namespace a2od {

void add_features(CLI::App& command) {
  command
      .add_option_function<std::vector<std::string>>(
          "--enable-feature", [](const auto&) { promql::enable_experimental_functions(true); },
          "promql-experimental-functions: sort_by_label, mad_over_time, limitk and others that may still change")
      ->delimiter(',')
      ->check(CLI::IsMember({"promql-experimental-functions"}));
}

}  // namespace a2od
