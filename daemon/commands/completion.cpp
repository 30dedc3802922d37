#include "daemon/commands/command_tree.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <functional>
#include <iterator>

namespace a2od {

namespace {

/// `use` sees every command with its path, such as "a2od check config", those above first.
void for_each(const ShellCommand& command, const std::string& path,
              const std::function<void(const std::string&, const ShellCommand&)>& use) {
  use(path, command);
  for (const auto& below : command.commands) for_each(below, path + " " + below.name, use);
}

std::string replaced(std::string text, std::string_view what, std::string_view with) {
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + with.size()))
    text.replace(at, what.size(), with);
  return text;
}

/// Within single quotes, for sh and its kin.
std::string sh(const std::string& text) { return "'" + replaced(text, "'", R"('\'')") + "'"; }
std::string fish(const std::string& text) { return "'" + replaced(replaced(text, "\\", "\\\\"), "'", "\\'") + "'"; }

std::string joined(const std::vector<std::string>& words) { return fmt::format("{}", fmt::join(words, " ")); }

/// Alternatives of a shell's `case`: all paths below the root, so that a script can follow what was typed.
std::string paths(const ShellCommand& root) {
  std::vector<std::string> all;
  for_each(root, root.name, [&](const std::string& path, const ShellCommand& command) {
    if (&command != &root) all.push_back(sh(path));
  });
  return fmt::format("{}", fmt::join(all, " | "));
}

/// Alternatives for "path option", for each name of the option.
std::string at_option(const std::string& path, const ShellOption& option) {
  std::vector<std::string> all;
  for (const auto& name : option.names) all.push_back(sh(path + " " + name));
  return fmt::format("{}", fmt::join(all, " | "));
}

/// What is offered as the value of each option: `offer` writes a line for it; empty choices are files.
std::string values(const ShellCommand& root, std::string_view open,
                   const std::function<std::string(const std::vector<std::string>&)>& offer) {
  std::string lines;
  for_each(root, root.name, [&](const std::string& path, const ShellCommand& command) {
    for (const auto& option : command.options)
      if (option.takes_value)
        lines += fmt::format("    {}{}) {} ;;\n", open, at_option(path, option), offer(option.choices));
  });
  return lines;
}

}  // namespace

std::string bash_completion(const ShellCommand& root) {
  std::string words;
  for_each(root, root.name, [&](const std::string& path, const ShellCommand& command) {
    std::vector<std::string> commands;
    std::vector<std::string> options;
    for (const auto& below : command.commands) commands.push_back(below.name);
    for (const auto& argument : command.arguments) std::ranges::copy(argument.choices, std::back_inserter(commands));
    for (const auto& option : command.options) options.insert(options.end(), option.names.begin(), option.names.end());
    words += fmt::format("    {}) commands={} options={} ;;\n", sh(path), sh(joined(commands)), sh(joined(options)));
  });
  const auto offer = [](const auto& choices) {
    return choices.empty() ? std::string("return") : fmt::format("words={}", sh(joined(choices)));
  };
  return fmt::format(R"(# bash completion of {0}, made by `{0} completion bash`
_{0}() {{
  local word=${{COMP_WORDS[COMP_CWORD]}} at={0} words='' commands='' options='' i
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "$at ${{COMP_WORDS[i]}}" in
      {1}) at+=" ${{COMP_WORDS[i]}}" ;;
    esac
  done
  COMPREPLY=()
  case "$at ${{COMP_WORDS[COMP_CWORD - 1]}}" in
{2}  esac
  case $at in
{3}  esac
  if [ -z "$words" ]; then
    if [[ $word == -* ]]; then words=$options; else words=$commands; fi
  fi
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
}}
complete -o default -F _{0} {0}
)",
                     root.name, paths(root), values(root, "", offer), words);
}

std::string zsh_completion(const ShellCommand& root) {
  // Colons divide a word from its description.
  const auto described = [](const std::string& word, const std::string& about) {
    return sh(replaced(word, ":", "\\:") + ":" + about);
  };
  std::string words;
  for_each(root, root.name, [&](const std::string& path, const ShellCommand& command) {
    std::vector<std::string> commands;
    std::vector<std::string> options;
    for (const auto& below : command.commands) commands.push_back(described(below.name, below.about));
    for (const auto& argument : command.arguments)
      for (const auto& choice : argument.choices) commands.push_back(sh(choice));
    for (const auto& option : command.options)
      for (const auto& name : option.names) options.push_back(described(name, option.about));
    words += fmt::format("    ({})\n      commands=({})\n      options=({}) ;;\n", sh(path), fmt::join(commands, " "),
                         fmt::join(options, " "));
  });
  const auto offer = [](const auto& choices) {
    return choices.empty() ? std::string("_files; return") : fmt::format("compadd {}; return", joined(choices));
  };
  return fmt::format(R"(#compdef {0}
# zsh completion of {0}, made by `{0} completion zsh`
_{0}() {{
  local at={0} i
  local -a commands options
  for ((i = 2; i < CURRENT; i++)); do
    case "$at ${{words[i]}}" in
      ({1}) at+=" ${{words[i]}}" ;;
    esac
  done
  case "$at ${{words[CURRENT - 1]}}" in
{2}  esac
  case $at in
{3}  esac
  if [[ ${{words[CURRENT]}} == -* ]]; then
    _describe option options
  elif (( $#commands )); then
    _describe command commands
  else
    _files
  fi
}}
_{0} "$@"
)",
                     root.name, paths(root), values(root, "(", offer), words);
}

std::string fish_completion(const ShellCommand& root) {
  std::vector<std::string> known;
  std::string lines;
  for_each(root, root.name, [&](const std::string& path, const ShellCommand& command) {
    if (&command != &root) known.push_back(fish(path));
    const auto here = fmt::format("complete -c {0} -n {1}", root.name, fish("__" + root.name + "_at " + path));
    for (const auto& below : command.commands)
      lines += fmt::format("{} -f -a {} -d {}\n", here, below.name, fish(below.about));
    for (const auto& argument : command.arguments)
      if (!argument.choices.empty()) lines += fmt::format("{} -f -a {}\n", here, fish(joined(argument.choices)));
    for (const auto& option : command.options) {
      lines += here;
      for (const auto& name : option.names)
        lines += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
      if (option.takes_value) lines += " -r";
      if (!option.choices.empty()) lines += " -f -a " + fish(joined(option.choices));
      lines += " -d " + fish(option.about) + "\n";
    }
  });
  return fmt::format(R"(# fish completion of {0}, made by `{0} completion fish`
function __{0}_at
  set -l words (commandline -opc)
  set -l at {0}
  for word in $words[2..]
    switch "$at $word"
      case {1}
        set at "$at $word"
    end
  end
  test "$at" = "$argv"
end
{2})",
                     root.name, fmt::join(known, " "), lines);
}

}  // namespace a2od
