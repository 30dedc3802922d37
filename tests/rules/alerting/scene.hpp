// A group of rules over a store, in virtual time: values are set, minutes pass, alerts are looked at.
#pragma once

#include "rules/alerting/group.hpp"

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace a2od::test {

using namespace std::chrono_literals;

inline Timestamp at(Milliseconds since_start) { return Timestamp(Milliseconds(1'700'000'040'000)) + since_start; }

inline std::vector<GroupDefinition> groups_of(std::string_view yaml) {
  auto groups = parse_rule_file("rules.yml", yaml);
  if (groups) return std::move(*groups);
  for (const Problem& problem : groups.error()) ADD_FAILURE() << to_string(problem);
  return {};
}

class Scene {
 public:
  explicit Scene(std::string_view yaml) : definition_(groups_of(yaml).at(0)) {
    options.source_ok = [this](const Labels& series) {
      return !bad_sources.contains(std::string(series.get("environment")));
    };
    options.source_exists = [this](const Labels& series) {
      return !left.contains(std::string(series.get("environment")));
    };
  }

  void set(const Labels& series, double value) { values_[series] = value; }
  void end(const Labels& series) {
    values_.erase(series);
    store().mark_stale(series, now + 1ms);
  }

  /// Minutes pass: each has a sample of every value, and an evaluation. Returns the last one.
  Evaluation pass(std::chrono::minutes minutes = 1min) {
    Evaluation last;
    for (auto minute = 0min; minute < minutes; minute += 1min) {
      now += 1min;
      for (const auto& [series, value] : values_) store().append(series, now, value);
      last = group().evaluate(store(), now);
    }
    return last;
  }
  /// As long as an outage of the daemon: nothing is stored, nothing evaluated.
  void sleep(std::chrono::minutes minutes) { now += minutes; }

  /// The group begins anew with what it would have saved, as after a reload.
  void reload() {
    const auto saved = group().save();
    group_ = std::make_unique<Group>(definition_, options);
    group_->restore(saved);
  }
  void reload(std::string_view yaml) {
    const auto saved = group().save();
    definition_ = groups_of(yaml).at(0);
    group_ = std::make_unique<Group>(definition_, options);
    group_->restore(saved);
  }
  /// After a restart the store is empty as well.
  void restart() {
    store_ = std::make_unique<Store>();
    reload();
  }

  Group& group() {
    if (!group_) group_ = std::make_unique<Group>(definition_, options);
    return *group_;
  }

  /// "firing", "pending", with ", held" behind it; empty where there is no such alert. Rules are told apart by name.
  std::string state(std::string_view name, std::string_view environment = {}) {
    const ActiveAlert* alert = find(name, environment);
    if (alert == nullptr) return "";
    return std::string(to_string(alert->state)) + (alert->held ? ", held" : "");
  }
  const ActiveAlert* find(std::string_view name, std::string_view environment = {}) {
    statuses_ = group().status();
    for (const RuleStatus& rule : statuses_) {
      for (const ActiveAlert& alert : rule.alerts) {
        if (alert.labels.get("alertname") == name && alert.labels.get("environment") == environment) return &alert;
      }
    }
    return nullptr;
  }
  std::string error_of(std::string_view name) {
    statuses_ = group().status();
    for (const RuleStatus& rule : statuses_) {
      if (rule.definition->name() == name) return rule.last_error.value_or("");
    }
    return "no such rule";
  }

  /// The value of a stored series now; "none" where it has none.
  std::string stored(const Labels& series) {
    const Snapshot snapshot = store().snapshot();
    std::vector<Matcher> matchers;
    for (const auto& [name, value] : series.pairs()) {
      matchers.push_back(Matcher::equal(std::string(name), std::string(value)));
    }
    for (const SeriesRef ref : snapshot.select(matchers)) {
      if (snapshot.labels(ref) != series) continue;
      if (const auto sample = snapshot.latest(ref, now, 5min)) return short_text(sample->value);
    }
    return "none";
  }

  Store& store() { return *store_; }

  GroupOptions options;
  std::set<std::string> bad_sources;  ///< environments
  std::set<std::string> left;         ///< environments
  Timestamp now = at(0min);

 private:
  static std::string short_text(double value) {
    std::string text = std::to_string(value);
    text.erase(text.find_last_not_of('0') + 1);
    if (text.ends_with('.')) text.pop_back();
    return text;
  }

  std::unique_ptr<Store> store_ = std::make_unique<Store>();
  GroupDefinition definition_;
  std::map<Labels, double> values_;
  std::unique_ptr<Group> group_;
  std::vector<RuleStatus> statuses_;
};

}  // namespace a2od::test
