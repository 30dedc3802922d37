// The command line as values: what completions and the manual page are made of.
#pragma once

#include "config/schema/type.hpp"

#include <string>
#include <vector>

namespace a2od {

struct ShellOption {
  std::vector<std::string> names;  ///< with their hyphens
  std::string about;
  std::string standard;  ///< empty: none
  bool takes_value = false;
  std::vector<std::string> choices;  ///< of its value; empty: any
};

struct ShellArgument {
  std::string name;
  bool required = false;
  bool repeated = false;
  std::string about;
  std::vector<std::string> choices;  ///< empty: any
};

struct ShellCommand {
  std::string name;
  std::string about;
  std::string footer;
  std::vector<ShellArgument> arguments;
  std::vector<ShellOption> options;
  std::vector<ShellCommand> commands;
};

/// Scripts that those shells read. Where an option or an argument may be anything, files are offered.
[[nodiscard]] std::string bash_completion(const ShellCommand& root);
[[nodiscard]] std::string zsh_completion(const ShellCommand& root);
[[nodiscard]] std::string fish_completion(const ShellCommand& root);

/// a2od(8) and a2od.yaml(5), as roff.
[[nodiscard]] std::string command_manual(const ShellCommand& root);
[[nodiscard]] std::string config_manual(const schema::Reference& keys);

}  // namespace a2od
