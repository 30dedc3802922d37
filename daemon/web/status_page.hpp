// The page at `/`: what an administrator wants to know at a glance, as plain HTML without scripts.
#pragma once

#include "collectors/scrape/metadata.hpp"
#include "config/time.hpp"

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace a2od {

/// How one collector last fared with one target.
struct CollectorCell {
  std::string collector;
  std::string outcome;  ///< empty: it has not run yet
  std::string error;    ///< why parts of it failed, for people
  std::optional<Timestamp> finished;
  std::optional<Timestamp> last_success;
};

/// A tenant as a whole (no name), or one of its environments.
struct TargetRow {
  std::string tenant;
  std::string environment;
  std::string display_name;
  std::string type;
  std::string region;
  std::string state;
  std::vector<CollectorCell> cells;
};

/// An exporter.
struct ScrapedRow {
  using Labels = std::vector<std::pair<std::string, std::string>>;
  std::string pool;  ///< its job's name in the configuration
  std::string address;
  Labels labels;
  Labels discovered;  ///< before relabelling
  Milliseconds interval{};
  Milliseconds timeout{};
  std::optional<Timestamp> last;
  std::chrono::duration<double> took{};
  std::string error;                             ///< why it is down
  std::shared_ptr<const PageMetadata> metadata;  ///< null before its first page
};

struct ScrapeRows {
  std::vector<ScrapedRow> active;
  std::vector<ScrapedRow> dropped;  ///< by relabelling
};

struct AlertEntry {
  std::string name;
  std::string severity;
  std::string state;  ///< pending or firing
  bool held = false;
  std::string acknowledged_by;  ///< empty: nobody
  std::string kept_back;        ///< "silenced", "inhibited", "in maintenance"; empty: it is told
  std::string target;
  std::string summary;
  std::string runbook_url;
  Timestamp since;
};

struct ReceiverRow {
  std::string receiver;
  std::size_t waiting = 0;
  bool misconfigured = false;
  std::string last_error;
};

struct MaintenanceRow {
  std::string what;  ///< a window's name, or an environment and what is done to it
  std::string why;
};

struct HeartbeatRow {
  std::string name;
  std::string state;  ///< ok, waiting, late, missing or failed
  std::optional<Timestamp> last;
  std::optional<Timestamp> due;
  std::string message;
};

struct StatusPage {
  std::string version;
  Timestamp started;
  std::map<std::string, std::string> blind_tenants;  ///< why each cannot be seen
  std::optional<Timestamp> learning_until;           ///< alerts are not sent before
  std::vector<AlertEntry> alerts;
  std::vector<TargetRow> targets;
  ScrapeRows scraped;
  std::vector<ReceiverRow> receivers;
  std::vector<MaintenanceRow> maintenance;  ///< in force
  std::vector<HeartbeatRow> heartbeats;
  std::size_t series = 0;
  std::size_t rules = 0;
  std::uint64_t history_bytes = 0;
  std::string history_fault;  ///< why it is not written; empty: it is
  std::string state_fault;    ///< why alerts and messages are not written; empty: they are
};

[[nodiscard]] std::string render(const StatusPage& page, Timestamp now);

/// A page of the same look with a runbook's text, its Markdown left as it is written.
[[nodiscard]] std::string render_runbook(std::string_view name, std::string_view markdown);

/// "just now", "42 s", "5 min", "3 h", "2 d": how long ago, for people.
[[nodiscard]] std::string describe_age(Milliseconds age);

/// The five characters that mean something in HTML, made harmless.
[[nodiscard]] std::string escape_html(std::string_view text);

/// Where every page begins, up to its body.
[[nodiscard]] std::string page_head(std::string_view title);

}  // namespace a2od
