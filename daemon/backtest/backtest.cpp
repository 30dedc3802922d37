#include "daemon/backtest/backtest.hpp"

#include "daemon/notify/dispatcher.hpp"

#include <algorithm>
#include <iterator>
#include <set>
#include <utility>

namespace a2od {
namespace {

GroupOptions group_options(const BacktestOptions& options) {
  return {.default_interval = options.evaluation_interval,
          .hold = false,
          .external_labels = options.external_labels,
          .external_url = options.external_url};
}

Timestamp first_multiple(Timestamp from, Milliseconds interval) {
  const Milliseconds since = from.time_since_epoch();
  return Timestamp((since + interval - Milliseconds(1)) / interval * interval);
}

class Run {
 public:
  Run(std::span<const GroupDefinition> groups, Store& store, const BacktestOptions& options)
      : store_(store), options_(options), dispatcher_(options.routing, {.external_url = options.external_url}) {
    for (const GroupDefinition& definition : groups) {
      groups_.push_back({.definition = &definition,
                         .group = Group(definition, group_options(options)),
                         .first_rule = report_.rules.size()});
      groups_.back().next = first_multiple(options.from, groups_.back().group.interval());
      for (const RuleDefinition& rule : definition.rules)
        if (!rule.alert.empty()) report_.rules.push_back({.definition = &rule, .group = &definition});
    }
  }

  BacktestReport run() {
    while (!groups_.empty()) {
      const Timestamp now = std::ranges::min_element(groups_, {}, &Scheduled::next)->next;
      if (now > options_.to) break;
      deliver_until(now);
      for (Scheduled& scheduled : groups_)
        if (scheduled.next == now) evaluate(scheduled, now);
      if (options_.progress) options_.progress(now);
    }
    deliver_until(options_.to);
    return std::move(report_);
  }

 private:
  struct Scheduled {
    const GroupDefinition* definition = nullptr;
    Group group;
    std::size_t first_rule = 0;  ///< of the report's
    Timestamp next{};
  };

  void evaluate(Scheduled& scheduled, Timestamp now) {
    auto evaluation = scheduled.group.evaluate(store_, now);
    ++report_.evaluations;
    scheduled.next = now + scheduled.group.interval();
    std::size_t rule = scheduled.first_rule;
    for (const RuleStatus& status : scheduled.group.status()) {
      if (status.definition->alert.empty()) continue;
      note(report_.rules[rule++], status, now);
    }
    if (options_.routing.route.receiver.empty()) return;
    for (auto& notice : evaluation.notices) notice.labels = with_external(notice.labels, options_.external_labels);
    dispatcher_.receive(evaluation.notices, now);
    deliver_until(now);
  }

  /// What fires is compared with what fired at the evaluation before.
  void note(BacktestedRule& rule, const RuleStatus& status, Timestamp now) {
    if (status.last_error) {
      ++rule.failures;
      rule.last_error = *status.last_error;
    }
    auto& open = firing_[&rule - report_.rules.data()];
    std::map<Labels, std::size_t> still;
    for (const ActiveAlert& alert : status.alerts) {
      if (alert.state != AlertState::firing) continue;
      const auto known = open.find(alert.labels);
      if (known != open.end()) {
        still.insert(open.extract(known));
        continue;
      }
      still.emplace(alert.labels, rule.episodes.size());
      rule.episodes.push_back({.labels = alert.labels,
                               .pending_since = alert.active_at,
                               .fired = now,
                               .resolved = {},
                               .value = alert.value});
    }
    for (const auto& [labels, episode] : open) rule.episodes[episode].resolved = now;
    open = std::move(still);
  }

  void deliver_until(Timestamp now) {
    if (options_.routing.route.receiver.empty()) return;
    for (;;) {
      const auto wake = dispatcher_.next_wake();
      if (!wake || *wake > now) return;
      const auto changes = dispatcher_.advance(*wake);
      for (const Message& message : changes.messages) ++report_.messages[message.to.receiver];
      if (dispatcher_.next_wake() == wake) return;  // nothing moves before the next notice
    }
  }

  Store& store_;
  const BacktestOptions& options_;
  Dispatcher dispatcher_;
  std::vector<Scheduled> groups_;
  std::map<std::ptrdiff_t, std::map<Labels, std::size_t>> firing_;  ///< by rule: its open episodes
  BacktestReport report_;
};

}  // namespace

std::vector<promql::SeriesWindow> backtest_reads(std::span<const GroupDefinition> groups,
                                                 const BacktestOptions& options) {
  std::set<std::string, std::less<>> own{"ALERTS", "ALERTS_FOR_STATE"};
  for (const GroupDefinition& group : groups)
    for (const RuleDefinition& rule : group.rules)
      if (!rule.record.empty()) own.insert(rule.record);
  std::vector<promql::SeriesWindow> all;
  for (const GroupDefinition& definition : groups) {
    const Group group(definition, group_options(options));
    auto windows = group.reads(options.from);
    const auto last = group.reads(options.to);
    for (std::size_t i = 0; i < windows.size(); ++i) windows[i].until = last[i].until;
    std::ranges::move(windows, std::back_inserter(all));
  }
  for (auto& window : all)
    for (const auto& name : own) {
      auto other = Matcher::make(MatchType::not_equal, std::string(kMetricName), name);
      if (other) window.matchers.push_back(std::move(*other));
    }
  return all;
}

BacktestReport backtest(std::span<const GroupDefinition> groups, Store& store, const BacktestOptions& options) {
  return Run(groups, store, options).run();
}

}  // namespace a2od
