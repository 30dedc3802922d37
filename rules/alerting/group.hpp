// Rule groups: read from Prometheus' rule files, evaluated in order, their alerts' states carried along.
#pragma once

#include "config/document.hpp"
#include "config/problem.hpp"
#include "config/time.hpp"
#include "rules/alerting/alert.hpp"
#include "rules/promql/expression.hpp"
#include "rules/series/store.hpp"

#include <cstdint>
#include <expected>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace a2od {

/// One rule as its file has it; exactly one of alert and record is set.
struct RuleDefinition {
  std::string alert;
  std::string record;
  std::string expression;
  Milliseconds hold_for{};  ///< `for`
  Milliseconds keep_firing_for{};
  std::map<std::string, std::string> labels;
  std::map<std::string, std::string> annotations;
  Position position;
  /// The expression in its file, for those who point into it; whoever makes a rule without a file has none.
  struct Source {
    Node node;
    bool operator==(const Source&) const { return true; }  ///< equal rules may stand in different places
  } source = {};
  [[nodiscard]] const std::string& name() const { return alert.empty() ? record : alert; }
  /// Where byte `offset` of the expression stands.
  [[nodiscard]] Position position_of(std::size_t offset) const {
    return source.node.text().empty() ? position : source.node.position_of(offset);
  }
  bool operator==(const RuleDefinition&) const = default;
};

struct GroupDefinition {
  std::string file;
  std::string name;
  std::optional<Milliseconds> interval;  ///< absent: the configured evaluation interval
  std::optional<Milliseconds> query_offset;
  std::uint64_t limit = 0;
  std::map<std::string, std::string> labels;  ///< added to every rule's
  std::vector<RuleDefinition> rules;
  bool operator==(const GroupDefinition&) const = default;
};

struct RuleFileOptions {
  /// Refuse names of metrics, labels and annotations that only Prometheus 3 takes.
  bool legacy_names = false;
  /// Where to tell of what is left out: a second document in a file.
  Problems* warnings = nullptr;
};

/// Reads rule files in Prometheus' format, strictly: unknown keys, bad durations, expressions and templates that do not
/// parse, invalid names, equal group names in a file are all reported, with positions inside the expressions.
[[nodiscard]] std::expected<std::vector<GroupDefinition>, Problems> read_rule_files(std::span<const std::string> paths,
                                                                                    RuleFileOptions options = {});
[[nodiscard]] std::expected<std::vector<GroupDefinition>, Problems> parse_rule_file(std::string file,
                                                                                    std::string_view text,
                                                                                    RuleFileOptions options = {});

/// What a group needs to know of the world; the functions outlive the group and are called during evaluate() only.
struct GroupOptions {
  Milliseconds default_interval = std::chrono::minutes(1);
  Milliseconds resend_delay = std::chrono::minutes(1);
  bool hold = true;  ///< false: `rules.no_data: prometheus`
  std::map<std::string, std::string> external_labels;
  std::string external_url;
  promql::EvaluationLimits limits;
  /// Whether the collection that a stored series comes from ended well the last time. Health series, which a failed
  /// part brings itself, are well; a collected series that has not come since the start is not, until its part has been
  /// delivered without it. Series that no collection brings are always well: recorded ones and ALERTS are traced to
  /// their own inputs where a rule of the same group produces them, those of other groups are not.
  std::function<bool(const Labels& series)> source_ok;
  /// Whether the environment that the series belongs to is still in the inventory: a held alert ends when it left.
  std::function<bool(const Labels& series)> source_exists;
  /// What the collection that brought the series says of it in words, the newest or worst first: firing alerts that
  /// rest on it are sent with these lines in an annotation `details`, unless their rule has one of its own. Only with
  /// `hold`.
  std::function<std::vector<std::string>(const Labels& series)> details_of;
  /// Measures how long rules take; empty: their durations stay zero.
  std::function<std::chrono::nanoseconds()> stopwatch;
};

/// How one rule's last evaluation went, for the API, the page and the self metrics.
struct RuleStatus {
  const RuleDefinition* definition = nullptr;
  std::optional<std::string> last_error;
  Timestamp last_evaluation{};
  std::chrono::nanoseconds duration{};
  std::span<const ActiveAlert> alerts;  ///< pending and firing, in the order of their labels; resolved ones left out
};

/// What one evaluation asks of the rest of the daemon. Recorded samples and ALERTS were appended to the store already.
struct Evaluation {
  std::vector<AlertNotice> notices;  ///< to send now: transitions, and firing ones whose resend delay has passed
  std::uint64_t failed_rules = 0;
  bool alerts_changed = false;  ///< some state must be written down: see Group::save
};

/// The state of one alert across restarts and reloads, keyed by what does not change with them.
struct SavedAlert {
  std::string group;  ///< the group's name; with its file's base name, and the rule's name, this finds the rule again
  std::string file;
  std::string rule;
  ActiveAlert alert;
  std::vector<Labels> inputs;  ///< the series that it rested on when it was last seen
};

/// Belongs to whoever owns the store: evaluates on its thread. Holds no clock, socket, thread or file.
///
/// With `hold`, an alert that rests on a source that is not ok is held: firing stays firing, whatever the expression
/// yields; the pending time does not count. An input whose environment has left has no say any more; an alert without
/// any other input ends then. A rule that fails, its result over `limit` included, holds all its alerts. A restored
/// alert is held until its inputs have data again for the expression's whole reach. Without `hold`, all is as in
/// Prometheus.
class Group {
 public:
  Group(GroupDefinition definition, GroupOptions options);
  ~Group();
  Group(Group&&) noexcept;
  Group& operator=(Group&&) noexcept;

  [[nodiscard]] const GroupDefinition& definition() const;
  [[nodiscard]] Milliseconds interval() const;
  /// All metrics that the rules name, so that a caller can wait for their collectors and react to their changes.
  [[nodiscard]] std::vector<std::string> metric_names() const;

  /// What the rules read when evaluated at `at`, their templates included.
  [[nodiscard]] std::vector<promql::SeriesWindow> reads(Timestamp at) const;

  /// Evaluates the rules in order at `at`; each sees what those before it wrote. Never goes back in time. With a mutex,
  /// other groups of the store may be evaluated meanwhile on other threads: the store is touched only while it is held,
  /// and the functions of the options are called while it is not. The store is the same each time: its series are
  /// remembered by reference.
  Evaluation evaluate(Store& store, Timestamp at, std::mutex* store_mutex = nullptr);

  [[nodiscard]] std::vector<RuleStatus> status() const;
  [[nodiscard]] std::vector<SavedAlert> save() const;
  /// Takes over alerts saved earlier, before the first evaluation; those of rules that are not here are ignored. A
  /// changed `for` keeps active_at. Restored alerts are neither resolved nor fired by the restart itself.
  void restore(std::span<const SavedAlert> alerts);

  /// The series that the rules wrote and have not ended.
  [[nodiscard]] std::vector<Labels> written() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace a2od
