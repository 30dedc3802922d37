// The command line of a2od: the daemon, and what stands around its commands.
#include "config/document.hpp"
#include "daemon/command_line/command_line.hpp"
#include "daemon/commands/commands.hpp"
#include "daemon/version.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <exception>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace {

constexpr const char* kAbout =
    "a2od watches Dynamics 365 and Power Platform estates: it polls Microsoft's APIs, scrapes exporters, evaluates\n"
    "Prometheus alerting rules, exposes metrics and sends webhook alerts.";

constexpr const char* kFooter =
    "Examples:\n"
    "  a2od check config /etc/a2od/a2od.yaml     what is wrong with it, or what it would run\n"
    "  a2od discover --config.file tenant.yaml   a configuration from what a tenant has\n"
    "  a2od check access contoso-prod            which right is missing there, and the role to create\n"
    "  a2od collect contoso-prod dataverse       one run, its metrics, its requests, missing rights\n"
    "  a2od query d365_environment_state         what a running daemon says\n"
    "  a2od alerts                               what is told, and to whom\n"
    "  a2od silence add --comment why Down       nobody is told of that alert for an hour\n"
    "  a2od ack add --comment \"on it\" Down       somebody takes care of it: no repeats\n"
    "  a2od explain Down                         why it fires or not, and who is told when\n"
    "  a2od events --from 12h                    what fired, who was told, and what they answered\n"
    "  a2od heartbeats send nightly-export       it ran: no alert that it stays away\n"
    "  a2od routes test severity=page            whom such an alert would reach\n"
    "  a2od alerts test --send severity=ticket   a test that says so, to all that it reaches; wakes nobody up\n"
    "  a2od test rules mine.test.yml             your rules against series that you write down\n"
    "  a2od backtest --from 7d mine.yml          which alerts they would have made last week\n"
    "  a2od run                                  the daemon, with /etc/a2od/a2od.yaml\n"
    "\n"
    "While it runs: SIGHUP or POST /-/reload reads the configuration anew, SIGTERM ends it.\n"
    "Exit codes: 0 all is well, 1 something is not and was said, 2 wrong usage.";

void add_run(CLI::App& app, int& code) {
  auto* run = app.add_subcommand("run", "Run the daemon");
  auto file = std::make_shared<std::string>(a2od::kDefaultConfig);
  auto overrides = std::make_shared<a2od::Overrides>();
  run->add_option("FILE,--config.file", *file, "Configuration file")->capture_default_str();
  run->add_option("--web.listen-address", overrides->listen_address,
                  "Address and port to answer on [web.listen_address, 127.0.0.1:9365]");
  run->add_option("--web.external-url", overrides->external_url,
                  "Under which address others reach a2od: links in alerts begin with it [http://<listen address>]");
  run->add_option("--web.config.file", overrides->web_config_file,
                  "TLS and basic auth, in the format of Prometheus' exporter toolkit");
  run->add_option("--storage.path", overrides->storage_path,
                  "Folder of the state and the history [storage.path, /var/lib/a2od]");
  run->add_option("--log.level", overrides->log_level, "debug, info, warn or error")
      ->check(CLI::IsMember({"debug", "info", "warn", "error"}));
  run->add_option("--log.format", overrides->log_format, "text or json")->check(CLI::IsMember({"text", "json"}));
  a2od::add_features(*run);
  run->callback([&code, file, overrides] { code = a2od::run_daemon(*file, *overrides); });
}

/// A word that is no command is said by name, with the one that was probably meant.
bool explain_unknown_command(const CLI::App& app, std::span<char*> words) {
  if (words.empty() || std::string_view(words.front()).starts_with('-')) return false;
  std::vector<std::string> names;
  for (const auto* command : app.get_subcommands([](const CLI::App*) { return true; })) {
    if (command->get_name() == words.front()) return explain_unknown_command(*command, words.subspan(1));
    if (!command->get_group().empty()) names.push_back(command->get_name());
  }
  if (names.empty() || app.get_require_subcommand_min() == 0) return false;
  const std::vector<std::string_view> known(names.begin(), names.end());
  const auto meant = a2od::nearest(words.front(), known);
  fmt::print(stderr, "a2od: there is no command '{}'{}; there are: {}\n", words.front(),
             meant.empty() ? "" : fmt::format(", did you mean '{}'?", meant), fmt::join(known, ", "));
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{kAbout, "a2od"};
  app.footer(kFooter);
  app.require_subcommand(1);
  app.set_version_flag("--version", std::string(a2od::kVersion));
  int code = 0;
  add_run(app, code);
  a2od::add_file_commands(app, code);
  a2od::add_service_commands(app, code);
  a2od::add_running_commands(app, code);
  a2od::add_commands_about_itself(app);
  if (explain_unknown_command(app, std::span(argv, static_cast<std::size_t>(argc)).subspan(1))) return 2;
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  } catch (const std::exception& error) {
    fmt::print(stderr, "a2od: {}\n", error.what());
    return 1;
  }
  return code;
}
