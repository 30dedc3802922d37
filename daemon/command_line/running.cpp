// Commands that ask a running daemon.
#include "daemon/command_line/command_line.hpp"
#include "daemon/commands/commands.hpp"

#include <CLI/CLI.hpp>

#include <memory>
#include <string>
#include <vector>

namespace a2od {
namespace {

void add_address(CLI::App& command, DaemonAddress& address) {
  command.add_option("--server", address.server, "Where it runs")->capture_default_str();
  command.add_option("--credentials-file", address.credentials_file, "File with user:password, where it asks for them");
  command.add_option("--ca-file", address.ca_file, "Certificate authority to trust beside the system's");
}

void add_query(CLI::App& app, int& code) {
  auto* query = app.add_subcommand("query", "Ask a running daemon, or a Prometheus, for the value of an expression");
  auto question = std::make_shared<QueryQuestion>();
  query->add_option("EXPR", question->expression, "An expression in PromQL")->required();
  query->add_option("--time", question->time, "As of then: seconds since 1970 or 2026-01-31T08:00:00Z [now]");
  query->add_option("--since", question->since, "All values since so long ago: 6h")->excludes("--time");
  query->add_option("--step", question->step, "One value each, with --since [1m]")->needs("--since");
  add_address(*query, question->address);
  query->add_flag("--json", question->as_json, "Print the answer as it came");
  query->callback([&code, question] { code = a2od::query(*question); });
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
  auto question = std::make_shared<DrillQuestion>();
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
  test->callback([&code, question] { code = drill_alerts(*question); });
}

void add_alerts(CLI::App& app, int& code) {
  auto* alerts = app.add_subcommand("alerts", "Show the alerts of a running daemon, and whom they reach");
  alerts->footer(
      "  a2od alerts                              what is told\n"
      "  a2od alerts --all severity=page          also what is silenced, inhibited or muted\n"
      "  a2od alerts CapacityNearlyFull           those of that name\n"
      "  a2od alerts test severity=page           whom a test alert would reach (--send tells them)");
  auto question = std::make_shared<AlertsQuestion>();
  alerts->add_option("MATCHER", question->matchers, "Each must match: a name, or label=value, !=, =~, !~");
  alerts->add_flag("-a,--all", question->suppressed, "Also those that nobody is told of now");
  alerts->add_option("--receiver", question->receiver, "Only those that reach it: a regular expression");
  alerts->add_flag("--json", question->as_json, "Print the answer as it came");
  add_address(*alerts, question->address);
  alerts->callback([&code, alerts, question] {
    if (alerts->get_subcommands().empty()) code = show_alerts(*question);
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
  auto question = std::make_shared<SilenceQuestion>();

  auto* add = silence->add_subcommand("add", "Silence the alerts that all matchers match; prints the silence's id");
  add->add_option("MATCHER", question->matchers, "An alert's name, or label=value, !=, =~, !~")->required();
  add->add_option("--duration", question->duration, "How long")->capture_default_str();
  add->add_option("--start", question->start, "From when on: 2026-01-31T08:00:00Z [now]");
  add->add_option("--comment", question->comment, "Why: others will wonder")->required();
  add->add_option("--author", question->author, "Who says so [the user]");
  add_address(*add, question->address);
  add->callback([&code, question] { code = add_silence(*question); });

  auto* list = silence->add_subcommand("list", "Show silences");
  list->add_option("MATCHER", question->matchers, "Only those that silence this");
  list->add_flag("--expired", question->expired, "Also those that are over");
  list->add_flag("--json", question->as_json, "Print the answer as it came");
  add_address(*list, question->address);
  list->callback([&code, question] { code = show_silences(*question); });

  auto* expire = silence->add_subcommand("expire", "End silences before their time");
  auto ids = std::make_shared<std::vector<std::string>>();
  expire->add_option("ID", *ids, "As add and list print it")->required();
  add_address(*expire, question->address);
  expire->callback([&code, question, ids] { code = expire_silences(question->address, *ids); });
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
  auto question = std::make_shared<AcknowledgementQuestion>();

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
  add->callback([&code, question] { code = add_acknowledgement(*question); });

  auto* list = ack->add_subcommand("list", "Show which alerts are acknowledged, by whom and until when");
  list->add_option("MATCHER", question->matchers, "Only those that all of these match");
  list->add_flag("--json", question->as_json, "Print them as JSON");
  add_address(*list, question->address);
  list->callback([&code, question] { code = show_acknowledgements(*question); });

  auto* remove = ack->add_subcommand("remove", "End acknowledgements before their time: repeats go on");
  auto fingerprints = std::make_shared<std::vector<std::string>>();
  remove->add_option("FINGERPRINT", *fingerprints, "As add and list print it")->required();
  add_address(*remove, question->address);
  remove->callback(
      [&code, question, fingerprints] { code = remove_acknowledgements(question->address, *fingerprints); });
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
  auto question = std::make_shared<EventsQuestion>();
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
  using Output = EventsQuestion::Output;
  events->add_option("-o,--output", question->output, "table, or json: one object a line")
      ->transform(
          CLI::CheckedTransformer(std::map<std::string, Output>{{"table", Output::table}, {"json", Output::json}})
              .description(""))
      ->default_str("table");
  add_address(*events, question->address);
  events->callback([&code, question] { code = show_events(*question); });
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
  auto question = std::make_shared<ExplainQuestion>();
  explain->add_option("ALERT", question->alert, "An alert's name, with matchers where there are several of it")
      ->required();
  explain->add_flag("--json", question->as_json, "Print the answer as it came");
  add_address(*explain, question->address);
  explain->callback([&code, question] { code = explain_alert(*question); });
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
  auto question = std::make_shared<HeartbeatQuestion>();
  heartbeats->add_flag("--json", question->as_json, "Print the answer as it came");
  add_address(*heartbeats, question->address);
  auto* send = heartbeats->add_subcommand("send", "Give a sign of life");
  send->add_option("NAME", question->name, "As heartbeats.incoming of the configuration has it")->required();
  send->add_flag("--failed", question->failed, "What it stands for runs, and has failed");
  send->add_option("--message", question->message, "For people: shown with it, and in the alert");
  add_address(*send, question->address);
  send->callback([&code, question] { code = send_heartbeat(*question); });
  heartbeats->callback([&code, heartbeats, question] {
    if (heartbeats->get_subcommands().empty()) code = show_heartbeats(*question);
  });
}

void add_maintenance(CLI::App& app, int& code) {
  auto* maintenance = app.add_subcommand("maintenance", "Show what is in maintenance now: nobody is told of it");
  maintenance->footer(
      "Windows of the configuration (maintenance.windows) that are open, and environments in administration mode or\n"
      "being copied, restored, recovered or reset. `a2od alerts --all` shows the alerts that are kept back by them,\n"
      "`a2od events --kind maintenance` when each began and ended.");
  auto question = std::make_shared<MaintenanceQuestion>();
  maintenance->add_flag("--json", question->as_json, "Print the answer as JSON");
  add_address(*maintenance, question->address);
  maintenance->callback([&code, question] { code = show_maintenance(*question); });
}

void add_routes(CLI::App& app, int& code) {
  auto* routes = app.add_subcommand("routes", "Show the routes of a configuration, or which ones an alert takes");
  routes->require_subcommand(1);
  auto file = std::make_shared<std::string>(kDefaultConfig);
  auto* show = routes->add_subcommand("show", "Print the tree");
  show->add_option("--config.file", *file, "Configuration file")->capture_default_str();
  show->callback([&code, file] { code = show_routes(*file); });

  auto* test = routes->add_subcommand("test", "Print the receivers that an alert with these labels reaches");
  test->footer("  a2od routes test severity=page tenant=contoso --expect on-call");
  auto labels = std::make_shared<std::vector<std::string>>();
  auto expected = std::make_shared<std::vector<std::string>>();
  test->add_option("LABEL=VALUE", *labels, "The alert's labels");
  test->add_option("--config.file", *file, "Configuration file")->capture_default_str();
  test->add_option("--expect", *expected, "Exit with 1 unless it is these receivers, in this order")->delimiter(',');
  test->callback([&code, file, labels, expected] { code = test_routes(*file, *labels, *expected); });
}

}  // namespace

void add_running_commands(CLI::App& app, int& code) {
  add_query(app, code);
  add_alerts(app, code);
  add_silence(app, code);
  add_ack(app, code);
  add_events(app, code);
  add_explain(app, code);
  add_heartbeats(app, code);
  add_maintenance(app, code);
  add_routes(app, code);
}

}  // namespace a2od
