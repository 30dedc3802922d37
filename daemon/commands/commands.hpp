// What the words on the command line do. Each returns the exit code of the process: 0 good, 1 not, 2 wrong usage.
#pragma once

#include "daemon/commands/daemon_client.hpp"
#include "daemon/load.hpp"

#include <string>
#include <vector>

namespace a2od {

inline constexpr const char* kDefaultConfig = "/etc/a2od/a2od.yaml";

int run_daemon(const std::string& config_file, const Overrides& overrides);

/// Prints every problem, or what would run and what it would ask of Microsoft.
int check_config(const std::string& config_file, bool check_files);

/// All errors, and warnings of what is hardly meant; `strict`: warnings are not good either.
int check_rules(const std::vector<std::string>& files, bool strict, bool legacy_names);

/// A page of metrics from a file, or "-" for standard input: all that promtool's check of metrics says. 3 where it is
/// readable, but not as Prometheus' conventions would have it.
int check_metrics(const std::string& file);

/// All metrics that a2od makes, as Markdown: collectors/METRICS.md.
[[nodiscard]] std::string metrics_reference();

/// Runs rule unit tests in promtool's format; prints what differs, and writes JUnit XML where a file is named. `run`
/// is a regular expression for the names of tests; empty: all.
int test_rules(const std::vector<std::string>& files, const std::string& run, const std::string& junit_file);

/// Rules over the history of a daemon, which may run meanwhile.
struct BacktestQuestion {
  std::string from;  ///< a time, or a duration before now
  std::string to;    ///< the same; empty: now
  std::string config_file = kDefaultConfig;
  std::string storage_path;        ///< empty: the configuration's
  std::vector<std::string> files;  ///< rule files; none: the configuration's
  bool list = false;               ///< print each time that an alert fired
  bool as_json = false;
};
int backtest_rules(const BacktestQuestion& question);

/// Compares what the identity may read of an environment with what the collectors that are on need, and prints the role
/// to create. 0 when nothing is missing.
int check_access(const std::string& config_file, const std::string& environment);

/// A configuration written from what a tenant has.
struct DiscoverQuestion {
  std::string config_file =
      kDefaultConfig;     ///< of whose tenants; not read where the tenant is described by what follows
  std::string name;       ///< the tenant label
  std::string tenant_id;  ///< empty: the tenants of the configuration
  std::string client_id;
  Cloud cloud = Cloud::public_cloud;
  std::string client_secret_file;
  std::string certificate_file;
  std::string key_file;
  std::string federated_token_file;
  bool managed_identity = false;
  std::vector<std::string> rule_files;  ///< none: those of the package
  std::size_t compared = 25;            ///< in so many environments rights are tried
  std::string output;                   ///< empty: standard output
  bool force = false;                   ///< write over a file that is there
  bool differences = false;             ///< only say how the configuration's list differs
};
/// 1 where a tenant cannot be asked, a file is there already, or something differs.
int discover(const DiscoverQuestion& question);

/// Runs the collectors of one environment once, as a doctor would: what they bring, what they ask, which right is
/// missing. `environment` is a name or an id; `collector` empty: all that apply, and those of its tenant.
int collect_once(const std::string& config_file, const std::string& environment, const std::string& collector);

/// A PromQL query to a daemon that runs, or to any Prometheus.
struct QueryQuestion {
  DaemonAddress address;
  std::string expression;
  std::string time;   ///< as the API reads it; empty: now
  std::string since;  ///< a duration: a range query from so long ago until now
  std::string step;   ///< of a range query; empty: 1m
  bool as_json = false;
};
int query(const QueryQuestion& question);

/// The alerts of a daemon, or of an Alertmanager, as they are routed.
struct AlertsQuestion {
  DaemonAddress address;
  std::vector<std::string> matchers;
  std::string receiver;     ///< a regular expression; empty: any
  bool suppressed = false;  ///< also those that are silenced, inhibited or muted
  bool as_json = false;
};
int show_alerts(const AlertsQuestion& question);

/// A test alert: shown, or sent and ended.
struct DrillQuestion {
  DaemonAddress address;
  std::vector<std::string> labels;       ///< an alert's name, or label=value
  std::vector<std::string> annotations;  ///< name=text
  std::string receiver;                  ///< this one; empty: as routes say
  std::string author;                    ///< empty: the user
  std::string fires_for = "0s";
  bool send = false;
  bool page = false;  ///< also where it may wake somebody up
  bool as_json = false;
};
/// 0 when all that is meant was delivered, or would be.
int drill_alerts(const DrillQuestion& question);

struct SilenceQuestion {
  DaemonAddress address;
  std::vector<std::string> matchers;
  std::string duration = "1h";
  std::string start;  ///< RFC 3339; empty: now
  std::string author;
  std::string comment;
  bool expired = false;
  bool as_json = false;
};
/// Prints the id of the new silence.
int add_silence(const SilenceQuestion& question);
int show_silences(const SilenceQuestion& question);
int expire_silences(const DaemonAddress& address, const std::vector<std::string>& ids);

struct AcknowledgementQuestion {
  DaemonAddress address;
  std::vector<std::string> matchers;
  std::string fingerprint;
  std::string duration = "8h";
  std::string author;
  std::string comment;
  bool as_json = false;
};
/// Prints the alerts that are acknowledged now.
int add_acknowledgement(const AcknowledgementQuestion& question);
int show_acknowledgements(const AcknowledgementQuestion& question);
int remove_acknowledgements(const DaemonAddress& address, const std::vector<std::string>& fingerprints);

/// What happened to alerts, silences and messages, the latest last.
struct EventsQuestion {
  enum class Output { table, json };
  DaemonAddress address;
  std::vector<std::string> matchers;
  std::vector<std::string> kinds;  ///< names of kinds, or what stands before their dots; none: all
  std::string from;                ///< a time, or so long ago; empty: from the first on
  std::string to;
  std::size_t limit = 100;  ///< the latest
  bool follow = false;
  Output output = Output::table;
};
/// With `follow` it ends when it is interrupted, or the daemon no longer answers.
int show_events(const EventsQuestion& question);

/// Why an alert of a running daemon is as it is, and who is told of it.
struct ExplainQuestion {
  DaemonAddress address;
  std::string alert;  ///< Down{tenant="contoso"}, or a fingerprint
  bool as_json = false;
};
int explain_alert(const ExplainQuestion& question);
/// What is in maintenance now, and why.
struct MaintenanceQuestion {
  DaemonAddress address;
  bool as_json = false;
};
int show_maintenance(const MaintenanceQuestion& question);

/// The dead man's switches of a daemon.
struct HeartbeatQuestion {
  DaemonAddress address;
  std::string name;
  std::string message;
  bool failed = false;
  bool as_json = false;
};
int show_heartbeats(const HeartbeatQuestion& question);
/// Gives a sign of life.
int send_heartbeat(const HeartbeatQuestion& question);

/// Which receivers an alert with these labels reaches, without sending anything; `expected`, if any, must be they.
int test_routes(const std::string& config_file, const std::vector<std::string>& labels,
                const std::vector<std::string>& expected);
/// The tree of routes.
int show_routes(const std::string& config_file);

/// To standard error, a line each, with what to do about a missing configuration.
void print(const Problems& problems);

}  // namespace a2od
