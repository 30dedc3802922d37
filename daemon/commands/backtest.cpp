#include "daemon/backtest/backtest.hpp"

#include "config/duration.hpp"
#include "daemon/commands/commands.hpp"
#include "daemon/history/history.hpp"
#include "daemon/web/api/parameters.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <optional>
#include <set>
#include <tuple>
#include <utility>

namespace a2od {

namespace json = boost::json;

namespace {

/// Rounded to the second.
std::string text_of(Milliseconds duration) {
  return format_duration(std::chrono::round<std::chrono::seconds>(duration));
}

std::string text_of(Timestamp at) { return fmt::format("{:%F %T}", std::chrono::floor<std::chrono::seconds>(at)); }

/// A time, or a duration before now.
std::optional<Timestamp> read_time(const std::string& text, Timestamp now) {
  if (const auto ago = parse_duration(text)) return now - *ago;
  return parse_time(text);
}

Milliseconds length(const Episode& episode, Timestamp to) { return episode.resolved.value_or(to) - episode.fired; }

struct Summary {
  const BacktestedRule* rule = nullptr;
  std::size_t alerts = 0;  ///< different ones
  Milliseconds total{};
  Milliseconds longest{};
};

Summary summary_of(const BacktestedRule& rule, Timestamp to) {
  Summary summary{.rule = &rule};
  std::set<Labels> different;
  for (const Episode& episode : rule.episodes) {
    different.insert(episode.labels);
    summary.total += length(episode, to);
    summary.longest = std::max(summary.longest, length(episode, to));
  }
  summary.alerts = different.size();
  return summary;
}

void print_rules(const BacktestReport& report, Timestamp to) {
  std::vector<Summary> fired;
  std::size_t quiet = 0;
  for (const auto& rule : report.rules) {
    if (rule.episodes.empty()) {
      ++quiet;
    } else {
      fired.push_back(summary_of(rule, to));
    }
  }
  const auto often = [](const Summary& summary) {
    return std::pair(-static_cast<std::ptrdiff_t>(summary.rule->episodes.size()), summary.rule->definition->alert);
  };
  std::ranges::sort(fired, {}, often);
  if (!fired.empty()) fmt::print("{:>7} {:>7} {:>12} {:>12}  rule\n", "fired", "alerts", "in all", "longest");
  for (const auto& [rule, alerts, total, longest] : fired)
    fmt::print("{:>7} {:>7} {:>12} {:>12}  {} ({})\n", rule->episodes.size(), alerts, text_of(total), text_of(longest),
               rule->definition->alert, std::filesystem::path(rule->group->file).filename().string());
  fmt::print("{} of {} alerting rules would not have fired\n", quiet, report.rules.size());
  for (const auto& rule : report.rules)
    if (rule.failures > 0)
      fmt::print("{} failed {} times, the last time: {}\n", rule.definition->alert, rule.failures, rule.last_error);
}

void print_episodes(const BacktestReport& report, Timestamp to) {
  std::vector<const Episode*> all;
  for (const auto& rule : report.rules)
    for (const auto& episode : rule.episodes) all.push_back(&episode);
  std::ranges::sort(all, {}, [](const Episode* episode) { return std::tie(episode->fired, episode->labels); });
  for (const auto* episode : all)
    fmt::print("{}  {:>12}{}  {}\n", text_of(episode->fired), text_of(length(*episode, to)),
               episode->resolved ? " " : "+", episode->labels.to_string());
  if (!all.empty()) fmt::print("(+ fired still at the end)\n\n");
}

void print_messages(const BacktestReport& report, const RouteConfig& route) {
  if (route.receiver.empty()) {
    fmt::print("Notifications: not counted, as no configuration with a route was given\n");
    return;
  }
  if (report.messages.empty()) fmt::print("Notifications: none\n");
  for (const auto& [receiver, messages] : report.messages)
    fmt::print("Notifications: {} to '{}'\n", messages, receiver);
}

double seconds(Timestamp at) { return static_cast<double>(at.time_since_epoch().count()) / 1000; }

std::string as_json(const BacktestReport& report, const BacktestOptions& options) {
  json::array rules;
  for (const auto& rule : report.rules) {
    json::array episodes;
    for (const auto& episode : rule.episodes) {
      json::object labels;
      for (const auto& [name, value] : episode.labels.pairs()) labels[name] = value;
      json::object item{{"labels", std::move(labels)},
                        {"pendingSince", seconds(episode.pending_since)},
                        {"firedAt", seconds(episode.fired)},
                        {"value", fmt::format("{}", episode.value)}};
      if (episode.resolved) item["resolvedAt"] = seconds(*episode.resolved);
      episodes.push_back(std::move(item));
    }
    rules.push_back(json::object{{"file", rule.group->file},
                                 {"group", rule.group->name},
                                 {"alert", rule.definition->alert},
                                 {"failures", rule.failures},
                                 {"lastError", rule.last_error},
                                 {"episodes", std::move(episodes)}});
  }
  json::object messages;
  for (const auto& [receiver, count] : report.messages) messages[receiver] = count;
  return json::serialize(json::object{{"from", seconds(options.from)},
                                      {"to", seconds(options.to)},
                                      {"rules", std::move(rules)},
                                      {"notifications", std::move(messages)}});
}

/// A line on a terminal that is written over, at most four times a second.
class Progress {
 public:
  Progress(Timestamp from, Timestamp to) : from_(from), to_(to), shown_(isatty(STDERR_FILENO) != 0) {}
  ~Progress() {
    if (shown_) fmt::print(stderr, "\r\033[K");
  }
  void operator()(Timestamp at) {
    const auto now = std::chrono::steady_clock::now();
    if (!shown_ || now < next_) return;
    next_ = now + std::chrono::milliseconds(250);
    fmt::print(stderr, "\r{} … {:.0f} %", text_of(at),
               100.0 * static_cast<double>((at - from_) / Milliseconds(1)) /
                   static_cast<double>((to_ - from_) / Milliseconds(1)));
    std::fflush(stderr);
  }

 private:
  Timestamp from_;
  Timestamp to_;
  bool shown_;
  std::chrono::steady_clock::time_point next_{};
};

int wrong_usage(const std::string& why) {
  fmt::print(stderr, "a2od: {}\n", why);
  return 2;
}

}  // namespace

int backtest_rules(const BacktestQuestion& question) {
  const auto now = std::chrono::floor<Milliseconds>(std::chrono::system_clock::now());
  const auto from = read_time(question.from, now);
  const auto to = question.to.empty() ? std::optional(now) : read_time(question.to, now);
  if (!from) return wrong_usage("--from: expected a time such as 2026-11-19T08:00:00Z, or a duration such as 7d");
  if (!to) return wrong_usage("--to: expected a time such as 2026-11-26T08:00:00Z, or a duration such as 1d");
  if (*to <= *from) return wrong_usage("--to must be later than --from");

  BacktestOptions options{.from = *from, .to = *to};
  std::filesystem::path storage = question.storage_path;
  std::vector<GroupDefinition> groups;
  if (question.storage_path.empty() || question.files.empty()) {
    auto loaded = load(question.config_file, {}, false);
    if (!loaded) {
      print(loaded.error());
      fmt::print(stderr, "a2od: name a configuration with --config.file, or --storage.path and rule files\n");
      return 1;
    }
    const auto& config = loaded->config;
    if (storage.empty()) storage = config.storage.path;
    options.evaluation_interval = config.rules.evaluation_interval;
    options.external_labels = config.rules.external_labels;
    options.external_url = loaded->external_url;
    options.routing = routing_of(config);
    groups = std::move(loaded->groups);
  }
  if (!question.files.empty()) {
    auto read = read_rule_files(question.files);
    if (!read) {
      print(read.error());
      return 1;
    }
    groups = std::move(*read);
  }

  const auto folder = storage / "history";
  const auto days = days_in(folder);
  if (days.empty()) {
    fmt::print(stderr, "a2od: there is no history in {}\n", folder.string());
    return 1;
  }
  if (days.front() > day_of(*from))
    fmt::print(stderr, "a2od: the history begins on {:%F}: what would have happened before is not known\n",
               days.front());
  Store store;
  for (const auto& day : read_history(folder, DayContent::samples, backtest_reads(groups, options), store))
    fmt::print(stderr, "a2od: {}\n", day.why);
  const auto series = store.series_count();
  BacktestReport report;
  {
    Progress progress(options.from, options.to);
    options.progress = [&](Timestamp at) { progress(at); };
    report = backtest(groups, store, options);
  }
  if (question.as_json) {
    fmt::print("{}\n", as_json(report, options));
    return 0;
  }
  fmt::print("{} to {} UTC: {} evaluations over {} series\n\n", text_of(options.from), text_of(options.to),
             report.evaluations, series);
  if (question.list) print_episodes(report, options.to);
  print_rules(report, options.to);
  print_messages(report, options.routing.route);
  return 0;
}

}  // namespace a2od
