// Commands that read files, and run nothing.
#include "daemon/command_line/command_line.hpp"
#include "daemon/commands/commands.hpp"

#include <CLI/CLI.hpp>

#include <memory>
#include <string>
#include <vector>

namespace a2od {
namespace {

void add_check_access(CLI::App& check, int& code) {
  auto* access = check.add_subcommand("access", "Compare what a2od may read of an environment with what it needs");
  auto file = std::make_shared<std::string>(kDefaultConfig);
  auto environment = std::make_shared<std::string>();
  access->add_option("ENVIRONMENT", *environment, "Name or id of an environment")->required();
  access->add_option("--config.file", *file, "Configuration file")->capture_default_str();
  access->callback([&code, file, environment] { code = check_access(*file, *environment); });
}

void add_check(CLI::App& app, int& code) {
  auto* check = app.add_subcommand("check", "Check files without running anything");
  check->require_subcommand(1);
  check->footer(
      "  a2od check config /etc/a2od/a2od.yaml     what is wrong with it, or what it would run\n"
      "  a2od check rules mine.yml                 errors, and what is hardly meant\n"
      "  a2od check access contoso-prod            which right is missing there, and the role to create");

  auto* config = check->add_subcommand("config", "Print every problem of a configuration, or what it would run");
  auto file = std::make_shared<std::string>(kDefaultConfig);
  auto no_files = std::make_shared<bool>(false);
  config->add_option("FILE", *file, "Configuration file")->capture_default_str();
  config->add_flag("--no-files", *no_files, "Secret and certificate files need not be there: they are elsewhere");
  add_features(*config);
  config->callback([&code, file, no_files] { code = check_config(*file, !*no_files); });

  auto* rules = check->add_subcommand("rules", "Check rule files: all errors, and warnings of what is hardly meant");
  auto files = std::make_shared<std::vector<std::string>>();
  rules->add_option("FILE", *files, "Rule files in Prometheus' format")->required();
  add_features(*rules);
  auto strict = std::make_shared<bool>(false);
  rules->add_flag("--strict", *strict, "Warnings make the exit code 1, too");
  auto legacy_names = std::make_shared<bool>(false);
  rules->add_flag("--legacy-names", *legacy_names, "Refuse names that Prometheus 2 would not take");
  rules->callback([&code, files, strict, legacy_names] { code = check_rules(*files, *strict, *legacy_names); });

  auto* metrics = check->add_subcommand(
      "metrics", "Check a page of metrics, as programs for exec: print it: faults, and what conventions would have");
  auto page = std::make_shared<std::string>("-");
  metrics->add_option("FILE", *page, "A page in Prometheus' text format, - for standard input")->capture_default_str();
  metrics->callback([&code, page] { code = check_metrics(*page); });

  add_check_access(*check, code);
}

void add_test(CLI::App& app, int& code) {
  auto* test = app.add_subcommand("test", "Run tests without running anything else");
  test->require_subcommand(1);
  auto* rules = test->add_subcommand("rules", "Run rule unit tests, in the format of promtool test rules");
  auto files = std::make_shared<std::vector<std::string>>();
  auto run = std::make_shared<std::string>();
  auto junit = std::make_shared<std::string>();
  rules->add_option("FILE", *files, "Files of unit tests; the rule files that they name are relative to them")
      ->required();
  add_features(*rules);
  rules->add_option("--run", *run, "Only tests whose name this regular expression matches");
  rules->add_option("--junit", *junit, "Write the outcome here as well, as JUnit XML");
  rules->callback([&code, files, run, junit] { code = test_rules(*files, *run, *junit); });
}

void add_backtest(CLI::App& app, int& code) {
  auto* backtest = app.add_subcommand("backtest", "Say which alerts rules would have made over the history");
  backtest->footer(
      "How often each rule would have fired and for how long, and how many notifications the route would have sent.\n"
      "Rules are evaluated as Prometheus would have: nothing is held while a source failed, and nobody acknowledges\n"
      "anything. a2od may run meanwhile.\n"
      "\n"
      "  a2od backtest --from 7d                              the rules that run, over the last week\n"
      "  a2od backtest --from 2d --to 1d --list mine.yml      each time that an alert of yours would have fired");
  auto question = std::make_shared<BacktestQuestion>();
  backtest->add_option("FILE", question->files, "Rule files [those of the configuration]");
  backtest->add_option("--from", question->from, "2026-11-19T08:00:00Z, or so long ago: 7d")->required();
  backtest->add_option("--to", question->to, "The same [now]");
  backtest->add_option("--config.file", question->config_file, "For storage, evaluation interval, route and receivers")
      ->capture_default_str();
  backtest->add_option("--storage.path", question->storage_path, "Where the history is [the configuration's]");
  backtest->add_flag("--list", question->list, "Print each time that an alert fired, too");
  backtest->add_flag("--json", question->as_json, "Print all of it as JSON");
  add_features(*backtest);
  backtest->callback([&code, question] { code = backtest_rules(*question); });
}

}  // namespace

void add_file_commands(CLI::App& app, int& code) {
  add_check(app, code);
  add_test(app, code);
  add_backtest(app, code);
}

}  // namespace a2od
