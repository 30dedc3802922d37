// The command line of a2od.
#include "config/document.hpp"
#include "config/reference.hpp"
#include "daemon/commands/command_tree.hpp"
#include "daemon/commands/commands.hpp"
#include "daemon/version.hpp"
#include "rules/promql/functions.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <exception>
#include <map>
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

/// As Prometheus has it.
void add_features(CLI::App& command) {
  command
      .add_option_function<std::vector<std::string>>(
          "--enable-feature", [](const auto&) { a2od::promql::enable_experimental_functions(true); },
          "promql-experimental-functions: sort_by_label, mad_over_time, limitk and others that may still change")
      ->delimiter(',')
      ->check(CLI::IsMember({"promql-experimental-functions"}));
}

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
  add_features(*run);
  run->callback([&code, file, overrides] { code = a2od::run_daemon(*file, *overrides); });
}

void add_check_access(CLI::App& check, int& code) {
  auto* access = check.add_subcommand("access", "Compare what a2od may read of an environment with what it needs");
  auto file = std::make_shared<std::string>(a2od::kDefaultConfig);
  auto environment = std::make_shared<std::string>();
  access->add_option("ENVIRONMENT", *environment, "Name or id of an environment")->required();
  access->add_option("--config.file", *file, "Configuration file")->capture_default_str();
  access->callback([&code, file, environment] { code = a2od::check_access(*file, *environment); });
}

void add_check(CLI::App& app, int& code) {
  auto* check = app.add_subcommand("check", "Check files without running anything");
  check->require_subcommand(1);
  check->footer(
      "  a2od check config /etc/a2od/a2od.yaml     what is wrong with it, or what it would run\n"
      "  a2od check rules mine.yml                 errors, and what is hardly meant\n"
      "  a2od check access contoso-prod            which right is missing there, and the role to create");

  auto* config = check->add_subcommand("config", "Print every problem of a configuration, or what it would run");
  auto file = std::make_shared<std::string>(a2od::kDefaultConfig);
  auto no_files = std::make_shared<bool>(false);
  config->add_option("FILE", *file, "Configuration file")->capture_default_str();
  config->add_flag("--no-files", *no_files, "Secret and certificate files need not be there: they are elsewhere");
  add_features(*config);
  config->callback([&code, file, no_files] { code = a2od::check_config(*file, !*no_files); });

  auto* rules = check->add_subcommand("rules", "Check rule files: all errors, and warnings of what is hardly meant");
  auto files = std::make_shared<std::vector<std::string>>();
  rules->add_option("FILE", *files, "Rule files in Prometheus' format")->required();
  add_features(*rules);
  auto strict = std::make_shared<bool>(false);
  rules->add_flag("--strict", *strict, "Warnings make the exit code 1, too");
  auto legacy_names = std::make_shared<bool>(false);
  rules->add_flag("--legacy-names", *legacy_names, "Refuse names that Prometheus 2 would not take");
  rules->callback([&code, files, strict, legacy_names] { code = a2od::check_rules(*files, *strict, *legacy_names); });

  auto* metrics = check->add_subcommand(
      "metrics", "Check a page of metrics, as programs for exec: print it: faults, and what conventions would have");
  auto page = std::make_shared<std::string>("-");
  metrics->add_option("FILE", *page, "A page in Prometheus' text format, - for standard input")->capture_default_str();
  metrics->callback([&code, page] { code = a2od::check_metrics(*page); });

  add_check_access(*check, code);
}

void add_collect(CLI::App& app, int& code) {
  auto* collect = app.add_subcommand("collect", "Run collectors once and say what they saw, asked and may not read");
  auto file = std::make_shared<std::string>(a2od::kDefaultConfig);
  auto environment = std::make_shared<std::string>();
  auto collector = std::make_shared<std::string>();
  collect->add_option("ENVIRONMENT", *environment, "Name or id of an environment")->required();
  collect->add_option("COLLECTOR", *collector, "Only this one; otherwise all that apply, and those of its tenant");
  collect->add_option("--config.file", *file, "Configuration file")->capture_default_str();
  collect->callback(
      [&code, file, environment, collector] { code = a2od::collect_once(*file, *environment, *collector); });
}

void add_discover(CLI::App& app, int& code) {
  auto* discover = app.add_subcommand("discover", "Write a configuration from what a tenant has");
  discover->footer(
      "Asks the tenant for its environments and tries which rights are held, then writes a configuration that\n"
      "`a2od check config` takes: how to sign in, the environments by name and id, what is left out (disabled, "
      "without\n"
      "Dataverse, being made or deleted) with the reason, the collectors that have something to read, the rights that\n"
      "are missing, rules, and receivers to be filled in. No secret is written, only where it is kept. Nothing is\n"
      "changed in the tenant.\n"
      "\n"
      "Who asks: the tenants of --config.file, of which sign-in, filters, listed names, transport and collectors\n"
      "are kept and nothing else; or one that is described by --name, --tenant-id, --client-id and one of "
      "--client-secret-file,\n"
      "--certificate-file, --federated-token-file and --managed-identity. A proxy is taken from HTTPS_PROXY.\n"
      "Names become labels: those of the list stay, and what has been renamed since it was first watched, but is not\n"
      "listed, is written by its new name.\n"
      "\n"
      "  a2od discover --name contoso --tenant-id ID --client-id ID \\\n"
      "      --certificate-file contoso.pem --key-file contoso.key -o a2od.yaml\n"
      "  a2od discover --config.file tenant.yaml >a2od.yaml     a summary goes to standard error\n"
      "  a2od discover --diff                                   what is new, gone or elsewhere than /etc/a2od lists\n"
      "\n"
      "Exit codes: 0 written, or nothing differs; 1 the tenant cannot be asked, the file is there already, or "
      "(--diff)\n"
      "something differs; 2 wrong usage.");
  auto question = std::make_shared<a2od::DiscoverQuestion>();
  auto* file = discover->add_option("--config.file", question->config_file, "Configuration file with tenants to ask")
                   ->capture_default_str();
  auto* tenant = discover->add_option("--tenant-id", question->tenant_id, "Directory id or domain of a tenant to ask");
  auto* name = discover->add_option("--name", question->name, "What it is called: the label `tenant` of everything");
  tenant->excludes(file)->needs(name);
  name->needs(tenant);
  discover->add_option("--client-id", question->client_id, "The application, or a user-assigned managed identity")
      ->needs(tenant);
  static const std::map<std::string, a2od::Cloud> kClouds{{"public", a2od::Cloud::public_cloud},
                                                          {"gcc", a2od::Cloud::gcc},
                                                          {"gcc_high", a2od::Cloud::gcc_high},
                                                          {"dod", a2od::Cloud::dod},
                                                          {"china", a2od::Cloud::china}};
  discover
      ->add_option_function<std::string>(
          "--cloud", [question](const std::string& word) { question->cloud = kClouds.at(word); },
          "Which of Microsoft's clouds [public]")
      ->check(CLI::IsMember({"public", "gcc", "gcc_high", "dod", "china"}))
      ->needs(tenant);
  auto* certificate = discover->add_option("--certificate-file", question->certificate_file,
                                           "How it signs in: a certificate registered with it, PEM");
  const auto sign_ins = {
      certificate,
      discover->add_option("--client-secret-file", question->client_secret_file,
                           "Or: a file that holds the secret alone"),
      discover->add_option("--federated-token-file", question->federated_token_file, "Or: a token of another issuer"),
      discover->add_flag("--managed-identity", question->managed_identity,
                         "Or: the identity that Azure gives this machine")};
  for (auto* sign_in : sign_ins) {
    sign_in->needs(tenant);
    for (auto* other : sign_ins)
      if (other != sign_in) sign_in->excludes(other);
  }
  discover->add_option("--key-file", question->key_file, "Of the certificate, PEM [the certificate's file]")
      ->needs(certificate);
  discover
      ->add_option("--rights", question->compared,
                   "In so many environments rights are tried, about 25 requests each; 0: in none, and not the tenant's")
      ->check(CLI::Range(0, 100'000))
      ->capture_default_str();
  discover->add_option("--rule-files", question->rule_files, "Rules of the new file [/usr/share/a2od/rules/*.yml]")
      ->allow_extra_args(false);
  auto* output = discover->add_option("-o,--output", question->output, "Write this file [standard output]");
  discover->add_flag("--force", question->force, "Also where that file is there already")->needs(output);
  discover->add_flag("--diff", question->differences, "Only say how the list of --config.file differs from the tenant")
      ->excludes(output)
      ->excludes(tenant);
  discover->callback([&code, question] { code = a2od::discover(*question); });
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
  rules->callback([&code, files, run, junit] { code = a2od::test_rules(*files, *run, *junit); });
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
  auto question = std::make_shared<a2od::BacktestQuestion>();
  backtest->add_option("FILE", question->files, "Rule files [those of the configuration]");
  backtest->add_option("--from", question->from, "2026-11-19T08:00:00Z, or so long ago: 7d")->required();
  backtest->add_option("--to", question->to, "The same [now]");
  backtest->add_option("--config.file", question->config_file, "For storage, evaluation interval, route and receivers")
      ->capture_default_str();
  backtest->add_option("--storage.path", question->storage_path, "Where the history is [the configuration's]");
  backtest->add_flag("--list", question->list, "Print each time that an alert fired, too");
  backtest->add_flag("--json", question->as_json, "Print all of it as JSON");
  add_features(*backtest);
  backtest->callback([&code, question] { code = a2od::backtest_rules(*question); });
}

void add_address(CLI::App& command, a2od::DaemonAddress& address) {
  command.add_option("--server", address.server, "Where it runs")->capture_default_str();
  command.add_option("--credentials-file", address.credentials_file, "File with user:password, where it asks for them");
  command.add_option("--ca-file", address.ca_file, "Certificate authority to trust beside the system's");
}

void add_alerts_test(CLI::App& alerts, int& code) {
  auto* test = alerts.add_subcommand("test", "Show whom a test alert would reach and with which words, or send it");
  test->footer(
      "The alert goes through the routes, silences, inhibition rules and time intervals of the running daemon. "
      "Without\n"
      "--send nothing leaves it: each message is shown as it would be sent, but for addresses and keys.\n"
      "\n"
      "With --send each receiver is told at once and once, and then that it is over: with the templates, signature,\n"
      "credentials and rate limit of real messages, but outside of their groups. Label a2od_test, summary and\n"
      "description say that it is a test, who asked for it and when. Its end is owed like any other: it is written "
      "down\n"
      "before the test is sent, and tried again until it is taken, also after a restart. Of PagerDuty, Opsgenie and\n"
      "ServiceNow it is told even where send_resolved is off, so that nothing stays open.\n"
      "\n"
      "PagerDuty, Opsgenie and receivers with `pages: true` are left out unless --page is given. Nobody is told of "
      "what\n"
      "is silenced, inhibited, muted, in maintenance or only logged (learning), as of a real alert; --receiver goes "
      "past\n"
      "all that. Steps of an escalation are named, not told; Alertmanagers elsewhere are not told either. What was "
      "sent,\n"
      "and the answers: `a2od events a2od_test=ID`.\n"
      "\n"
      "Exit codes: 0 all were told, or would be; 1 some were not, or would not be; 2 wrong usage.\n"
      "\n"
      "  a2od alerts test severity=page tenant=contoso     whom such an alert reaches, what keeps it back, its "
      "messages\n"
      "  a2od alerts test --send severity=ticket           tell them\n"
      "  a2od alerts test --send --receiver chat           does that one work?\n"
      "  a2od alerts test --send --page --for 2m --receiver on-call     does the phone ring?");
  auto question = std::make_shared<a2od::DrillQuestion>();
  test->add_option("LABEL=VALUE", question->labels, "Labels; a word alone is the alert's name [TestAlert]");
  test->add_option("--annotation", question->annotations, "NAME=TEXT; summary and description begin with what they are")
      ->allow_extra_args(false);
  test->add_option("--receiver", question->receiver, "To this receiver, whatever routes, silences and the like say");
  auto* send = test->add_flag("--send", question->send, "Send it, and then its end");
  test->add_flag("--page", question->page, "Also where it may wake somebody up")->needs(send);
  test->add_option("--for", question->fires_for, "How long it fires before it ends, at most 30m")
      ->needs(send)
      ->capture_default_str();
  test->add_option("--author", question->author, "Who asks for it [the user]");
  test->add_option_function<std::string>(
          "-o,--output", [question](const std::string& output) { question->as_json = output == "json"; },
          "text, or json: the answer of POST /api/v1/alerts/test")
      ->check(CLI::IsMember({"text", "json"}));
  add_address(*test, question->address);
  test->callback([&code, question] { code = a2od::drill_alerts(*question); });
}

void add_alerts(CLI::App& app, int& code) {
  auto* alerts = app.add_subcommand("alerts", "Show the alerts of a running daemon, and whom they reach");
  alerts->footer(
      "  a2od alerts                              what is told\n"
      "  a2od alerts --all severity=page          also what is silenced, inhibited or muted\n"
      "  a2od alerts CapacityNearlyFull           those of that name\n"
      "  a2od alerts test severity=page           whom a test alert would reach (--send tells them)");
  auto question = std::make_shared<a2od::AlertsQuestion>();
  alerts->add_option("MATCHER", question->matchers, "Each must match: a name, or label=value, !=, =~, !~");
  alerts->add_flag("-a,--all", question->suppressed, "Also those that nobody is told of now");
  alerts->add_option("--receiver", question->receiver, "Only those that reach it: a regular expression");
  alerts->add_flag("--json", question->as_json, "Print the answer as it came");
  add_address(*alerts, question->address);
  alerts->callback([&code, alerts, question] {
    if (alerts->get_subcommands().empty()) code = a2od::show_alerts(*question);
  });
  add_alerts_test(*alerts, code);
}

void add_silence(CLI::App& app, int& code) {
  auto* silence = app.add_subcommand("silence", "Silence alerts of a running daemon for a time");
  silence->require_subcommand(1);
  silence->footer(
      "  a2od silence add --duration 4h --comment \"moving to EU\" tenant=contoso\n"
      "  a2od silence list\n"
      "  a2od silence expire 4f2f07e8-ccd4-4fba-a81e-d2e190f76cdf");
  auto question = std::make_shared<a2od::SilenceQuestion>();

  auto* add = silence->add_subcommand("add", "Silence the alerts that all matchers match; prints the silence's id");
  add->add_option("MATCHER", question->matchers, "An alert's name, or label=value, !=, =~, !~")->required();
  add->add_option("--duration", question->duration, "How long")->capture_default_str();
  add->add_option("--start", question->start, "From when on: 2026-01-31T08:00:00Z [now]");
  add->add_option("--comment", question->comment, "Why: others will wonder")->required();
  add->add_option("--author", question->author, "Who says so [the user]");
  add_address(*add, question->address);
  add->callback([&code, question] { code = a2od::add_silence(*question); });

  auto* list = silence->add_subcommand("list", "Show silences");
  list->add_option("MATCHER", question->matchers, "Only those that silence this");
  list->add_flag("--expired", question->expired, "Also those that are over");
  list->add_flag("--json", question->as_json, "Print the answer as it came");
  add_address(*list, question->address);
  list->callback([&code, question] { code = a2od::show_silences(*question); });

  auto* expire = silence->add_subcommand("expire", "End silences before their time");
  auto ids = std::make_shared<std::vector<std::string>>();
  expire->add_option("ID", *ids, "As add and list print it")->required();
  add_address(*expire, question->address);
  expire->callback([&code, question, ids] { code = a2od::expire_silences(question->address, *ids); });
}

void add_ack(CLI::App& app, int& code) {
  auto* ack = app.add_subcommand("ack", "Acknowledge alerts of a running daemon: somebody takes care of them");
  ack->require_subcommand(1);
  ack->footer(
      "What is acknowledged is neither repeated nor escalated, until it ends or the time is over; its end is told. A\n"
      "group of alerts is repeated while one of them is not acknowledged, and new ones are told at once.\n"
      "\n"
      "  a2od ack add --comment \"on it, restoring\" EnvironmentDown\n"
      "  a2od ack add --duration 2h --comment \"ticket 4711\" tenant=contoso severity=page\n"
      "  a2od ack list\n"
      "  a2od ack remove 3ad2f9c1b20e7781");
  auto question = std::make_shared<a2od::AcknowledgementQuestion>();

  auto* add = ack->add_subcommand("add", "Acknowledge the firing alerts that all matchers match; prints them");
  add->footer(
      "Alerts that begin to fire later are not acknowledged. One that is acknowledged already is so by you from now "
      "on.");
  auto* matchers = add->add_option("MATCHER", question->matchers, "An alert's name, or label=value, !=, =~, !~");
  add->add_option("--fingerprint", question->fingerprint, "The one alert that has it, as the API prints it")
      ->excludes(matchers);
  add->add_option("--duration", question->duration, "How long, at most 7d")->capture_default_str();
  add->add_option("--comment", question->comment, "What is being done: others will wonder")->required();
  add->add_option("--author", question->author, "Who takes care of them [the user]");
  add_address(*add, question->address);
  add->callback([&code, question] { code = a2od::add_acknowledgement(*question); });

  auto* list = ack->add_subcommand("list", "Show which alerts are acknowledged, by whom and until when");
  list->add_option("MATCHER", question->matchers, "Only those that all of these match");
  list->add_flag("--json", question->as_json, "Print them as JSON");
  add_address(*list, question->address);
  list->callback([&code, question] { code = a2od::show_acknowledgements(*question); });

  auto* remove = ack->add_subcommand("remove", "End acknowledgements before their time: repeats go on");
  auto fingerprints = std::make_shared<std::vector<std::string>>();
  remove->add_option("FINGERPRINT", *fingerprints, "As add and list print it")->required();
  add_address(*remove, question->address);
  remove->callback(
      [&code, question, fingerprints] { code = a2od::remove_acknowledgements(question->address, *fingerprints); });
}

void add_events(CLI::App& app, int& code) {
  auto* events = app.add_subcommand("events", "Show what happened to alerts, silences and messages, the latest last");
  events->footer(
      "Alerts that became pending, fired, were resolved or inactive; silences that were created, changed or expired;\n"
      "each attempt to deliver a message and its answer; messages that were dropped; maintenance; reloads and starts.\n"
      "They are kept for storage.events_retention (90d), at most storage.max_events.\n"
      "\n"
      "  a2od events                                    the latest 100\n"
      "  a2od events --from 12h severity=page           the night's pages\n"
      "  a2od events --kind delivery.failed --follow    what receivers refuse, as it happens\n"
      "  a2od events --output json --limit 10000        for other programs, one object a line");
  auto question = std::make_shared<a2od::EventsQuestion>();
  events->add_option("MATCHER", question->matchers, "Each must match: an alert's name, or label=value, !=, =~, !~");
  events->add_option("--kind", question->kinds, "Only these: alert.firing, or alert for all that begin so")
      ->allow_extra_args(false)
      ->delimiter(',');
  events->add_option("--from", question->from, "2026-11-19T08:00:00Z, or so long ago: 6h");
  events->add_option("--to", question->to, "The same [now]");
  events->add_option("--limit", question->limit, "The latest so many")
      ->check(CLI::Range(1, 10'000))
      ->capture_default_str();
  events->add_flag("-f,--follow", question->follow, "Go on with those that come, until interrupted")->excludes("--to");
  using Output = a2od::EventsQuestion::Output;
  events->add_option("-o,--output", question->output, "table, or json: one object a line")
      ->transform(
          CLI::CheckedTransformer(std::map<std::string, Output>{{"table", Output::table}, {"json", Output::json}})
              .description(""))
      ->default_str("table");
  add_address(*events, question->address);
  events->callback([&code, question] { code = a2od::show_events(*question); });
}

void add_explain(CLI::App& app, int& code) {
  auto* explain = app.add_subcommand("explain", "Say why an alert is as it is, and who is told of it, when");
  explain->footer(
      "First in sentences: whether it fires, what holds it, silences, inhibits or mutes it, who was told and who is "
      "told\n"
      "next, what waits in the outbox. Then its rule, with the value of each part of the expression for this alert "
      "now;\n"
      "the collections that its series came from and their age; its routes with their timers. It need not be active.\n"
      "\n"
      "  a2od explain EnvironmentDisabled\n"
      "  a2od explain 'FlowsSuspended{environment=\"Contoso Finance\"}'\n"
      "  a2od explain 0f4c2a9d7be31c55                 by its fingerprint, as messages and the API have it");
  auto question = std::make_shared<a2od::ExplainQuestion>();
  explain->add_option("ALERT", question->alert, "An alert's name, with matchers where there are several of it")
      ->required();
  explain->add_flag("--json", question->as_json, "Print the answer as it came");
  add_address(*explain, question->address);
  explain->callback([&code, question] { code = a2od::explain_alert(*question); });
}

void add_maintenance(CLI::App& app, int& code) {
  auto* maintenance = app.add_subcommand("maintenance", "Show what is in maintenance now: nobody is told of it");
  maintenance->footer(
      "Windows of the configuration (maintenance.windows) that are open, and environments in administration mode or\n"
      "being copied, restored, recovered or reset. `a2od alerts --all` shows the alerts that are kept back by them,\n"
      "`a2od events --kind maintenance` when each began and ended.");
  auto question = std::make_shared<a2od::MaintenanceQuestion>();
  maintenance->add_flag("--json", question->as_json, "Print the answer as JSON");
  add_address(*maintenance, question->address);
  maintenance->callback([&code, question] { code = a2od::show_maintenance(*question); });
}

void add_heartbeats(CLI::App& app, int& code) {
  auto* heartbeats = app.add_subcommand("heartbeats", "Show the dead man's switches of a running daemon, or send one");
  heartbeats->footer(
      "A job that sends one when it ends, and does not any more, makes the alert HeartbeatMissing fire; one that\n"
      "sends --failed makes HeartbeatFailed fire. Which are expected, and when, says heartbeats: of the "
      "configuration.\n"
      "\n"
      "  a2od heartbeats                                      when each last came and is due again\n"
      "  a2od heartbeats send nightly-export                  all is well\n"
      "  a2od heartbeats send --failed --message \"disk full\" nightly-export\n"
      "  curl -fsS http://127.0.0.1:9365/api/v1/heartbeat/nightly-export/$?    the same, with a program's exit status");
  auto question = std::make_shared<a2od::HeartbeatQuestion>();
  heartbeats->add_flag("--json", question->as_json, "Print the answer as it came");
  add_address(*heartbeats, question->address);
  auto* send = heartbeats->add_subcommand("send", "Give a sign of life");
  send->add_option("NAME", question->name, "As heartbeats.incoming of the configuration has it")->required();
  send->add_flag("--failed", question->failed, "What it stands for runs, and has failed");
  send->add_option("--message", question->message, "For people: shown with it, and in the alert");
  add_address(*send, question->address);
  send->callback([&code, question] { code = a2od::send_heartbeat(*question); });
  heartbeats->callback([&code, heartbeats, question] {
    if (heartbeats->get_subcommands().empty()) code = a2od::show_heartbeats(*question);
  });
}

void add_routes(CLI::App& app, int& code) {
  auto* routes = app.add_subcommand("routes", "Show the routes of a configuration, or which ones an alert takes");
  routes->require_subcommand(1);
  auto file = std::make_shared<std::string>(a2od::kDefaultConfig);
  auto* show = routes->add_subcommand("show", "Print the tree");
  show->add_option("--config.file", *file, "Configuration file")->capture_default_str();
  show->callback([&code, file] { code = a2od::show_routes(*file); });

  auto* test = routes->add_subcommand("test", "Print the receivers that an alert with these labels reaches");
  test->footer("  a2od routes test severity=page tenant=contoso --expect on-call");
  auto labels = std::make_shared<std::vector<std::string>>();
  auto expected = std::make_shared<std::vector<std::string>>();
  test->add_option("LABEL=VALUE", *labels, "The alert's labels");
  test->add_option("--config.file", *file, "Configuration file")->capture_default_str();
  test->add_option("--expect", *expected, "Exit with 1 unless it is these receivers, in this order")->delimiter(',');
  test->callback([&code, file, labels, expected] { code = a2od::test_routes(*file, *labels, *expected); });
}

void add_query(CLI::App& app, int& code) {
  auto* query = app.add_subcommand("query", "Ask a running daemon, or a Prometheus, for the value of an expression");
  auto question = std::make_shared<a2od::QueryQuestion>();
  query->add_option("EXPR", question->expression, "An expression in PromQL")->required();
  query->add_option("--time", question->time, "As of then: seconds since 1970 or 2026-01-31T08:00:00Z [now]");
  query->add_option("--since", question->since, "All values since so long ago: 6h")->excludes("--time");
  query->add_option("--step", question->step, "One value each, with --since [1m]")->needs("--since");
  add_address(*query, question->address);
  query->add_flag("--json", question->as_json, "Print the answer as it came");
  query->callback([&code, question] { code = a2od::query(*question); });
}

/// "{text,json}" of "TEXT:{text,json}", as the library has it.
std::vector<std::string> choices_of(const std::string& type) {
  const auto begin = type.find('{');
  if (begin == std::string::npos) return {};
  return CLI::detail::split(type.substr(begin + 1, type.find('}') - begin - 1), ',');
}

/// The command line as it was declared, for completions and the manual page.
a2od::ShellCommand tree_of(const CLI::App& command) {
  a2od::ShellCommand tree{.name = command.get_name(), .about = command.get_description()};
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
    a2od::ShellOption named{.about = option->get_description(),
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
    fmt::print("{}", *shell == "bash"  ? a2od::bash_completion(tree)
                     : *shell == "zsh" ? a2od::zsh_completion(tree)
                                       : a2od::fish_completion(tree));
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
    fmt::print("{}", *page == "a2od.8" ? a2od::command_manual(tree_of(app)) : a2od::config_manual(a2od::config_keys()));
  });
}

void add_config(CLI::App& app) {
  auto* config = app.add_subcommand("config", "Print what is to be known of the configuration");
  config->require_subcommand(1);
  config->footer(
      "  a2od config reference                     every key, with what it means\n"
      "  a2od check config FILE                    what is wrong with a configuration, or what it would run");
  config->add_subcommand("reference", "All keys with type, default and meaning, as Markdown")->callback([] {
    fmt::print("{}", a2od::config_reference());
  });
  auto* schema = config->add_subcommand("schema", "JSON Schema, by which editors complete and check the file");
  schema->footer(
      "VS Code (with its YAML extension) and others use it where the first line of the file is\n"
      "  # yaml-language-server: $schema=/usr/share/a2od/a2od.schema.json");
  schema->callback([] { fmt::print("{}", a2od::config_json_schema()); });
}

void add_metrics(CLI::App& app) {
  auto* metrics =
      app.add_subcommand("metrics", "Print all metrics that a2od makes, with type and meaning, as Markdown");
  metrics->footer("  a2od metrics | grep storage               those about storage");
  metrics->callback([] { fmt::print("{}", a2od::metrics_reference()); });
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
  add_check(app, code);
  add_test(app, code);
  add_backtest(app, code);
  add_collect(app, code);
  add_discover(app, code);
  add_query(app, code);
  add_alerts(app, code);
  add_silence(app, code);
  add_ack(app, code);
  add_events(app, code);
  add_explain(app, code);
  add_heartbeats(app, code);
  add_maintenance(app, code);
  add_routes(app, code);
  add_config(app);
  add_metrics(app);
  add_completion(app);
  add_manual(app);
  app.add_subcommand("version", "Print the version")->callback([] { fmt::print("a2od {}\n", a2od::kVersion); });
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
