// Commands that tell of a2od itself.
#include "config/reference.hpp"
#include "daemon/command_line/command_line.hpp"
#include "daemon/commands/command_tree.hpp"
#include "daemon/commands/commands.hpp"
#include "daemon/version.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace a2od {
namespace {

void add_config(CLI::App& app) {
  auto* config = app.add_subcommand("config", "Print what is to be known of the configuration");
  config->require_subcommand(1);
  config->footer(
      "  a2od config reference                     every key, with what it means\n"
      "  a2od check config FILE                    what is wrong with a configuration, or what it would run");
  config->add_subcommand("reference", "All keys with type, default and meaning, as Markdown")->callback([] {
    fmt::print("{}", config_reference());
  });
  auto* schema = config->add_subcommand("schema", "JSON Schema, by which editors complete and check the file");
  schema->footer(
      "VS Code (with its YAML extension) and others use it where the first line of the file is\n"
      "  # yaml-language-server: $schema=/usr/share/a2od/a2od.schema.json");
  schema->callback([] { fmt::print("{}", config_json_schema()); });
}

void add_metrics(CLI::App& app) {
  auto* metrics =
      app.add_subcommand("metrics", "Print all metrics that a2od makes, with type and meaning, as Markdown");
  metrics->footer("  a2od metrics | grep storage               those about storage");
  metrics->callback([] { fmt::print("{}", metrics_reference()); });
}

/// "{text,json}" of "TEXT:{text,json}", as the library has it.
std::vector<std::string> choices_of(const std::string& type) {
  const auto begin = type.find('{');
  if (begin == std::string::npos) return {};
  return CLI::detail::split(type.substr(begin + 1, type.find('}') - begin - 1), ',');
}

/// The command line as it was declared, for completions and the manual page.
ShellCommand tree_of(const CLI::App& command) {
  ShellCommand tree{.name = command.get_name(), .about = command.get_description()};
  // Commands inherit the footer of those above.
  const auto* parent = command.get_parent();
  if (parent == nullptr || parent->get_footer() != command.get_footer()) tree.footer = command.get_footer();
  for (const auto* option : command.get_options([](const CLI::Option* each) { return !each->get_group().empty(); })) {
    if (option->get_positional())
      tree.arguments.push_back({.name = option->get_name(true),
                                .required = option->get_required(),
                                .repeated = option->get_items_expected_max() > 1,
                                .about = option->get_description(),
                                .choices = choices_of(option->get_type_name())});
    ShellOption named{.about = option->get_description(),
                      .standard = option->get_default_str(),
                      .takes_value = option->get_items_expected_max() > 0,
                      .choices = choices_of(option->get_type_name())};
    for (const auto& name : option->get_snames()) named.names.push_back("-" + name);
    for (const auto& name : option->get_lnames()) named.names.push_back("--" + name);
    if (!named.names.empty()) tree.options.push_back(std::move(named));
  }
  for (const auto* below : command.get_subcommands([](const CLI::App* each) { return !each->get_group().empty(); }))
    tree.commands.push_back(tree_of(*below));
  return tree;
}

void add_completion(CLI::App& app) {
  auto* completion = app.add_subcommand("completion", "Print a script that completes command lines of a2od in a shell");
  completion->footer(
      "Packages of a2od install them. By hand:\n"
      "  source <(a2od completion bash)\n"
      "  a2od completion zsh >\"${fpath[1]}/_a2od\"\n"
      "  a2od completion fish >~/.config/fish/completions/a2od.fish");
  auto shell = std::make_shared<std::string>();
  completion->add_option("SHELL", *shell, "bash, zsh or fish")
      ->required()
      ->check(CLI::IsMember({"bash", "zsh", "fish"}));
  completion->callback([&app, shell] {
    const auto tree = tree_of(app);
    fmt::print("{}", *shell == "bash"  ? bash_completion(tree)
                     : *shell == "zsh" ? zsh_completion(tree)
                                       : fish_completion(tree));
  });
}

/// For those who make packages: not in the help.
void add_manual(CLI::App& app) {
  auto* manual = app.add_subcommand("manual", "Print a manual page, as roff")->group("");
  auto page = std::make_shared<std::string>();
  manual->add_option("PAGE", *page, "a2od.8 or a2od.yaml.5")
      ->required()
      ->check(CLI::IsMember({"a2od.8", "a2od.yaml.5"}));
  manual->callback([&app, page] {
    fmt::print("{}", *page == "a2od.8" ? command_manual(tree_of(app)) : config_manual(config_keys()));
  });
}

}  // namespace

void add_commands_about_itself(CLI::App& app) {
  add_config(app);
  add_metrics(app);
  add_completion(app);
  add_manual(app);
  app.add_subcommand("version", "Print the version")->callback([] { fmt::print("a2od {}\n", kVersion); });
}

}  // namespace a2od
