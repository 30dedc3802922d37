#include "daemon/notify/inhibition.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

namespace a2od {
namespace {

/// Whether labels of which some are known may be matched.
bool may_match(const std::vector<Matcher>& matchers, const Labels& known) {
  return std::ranges::all_of(matchers, [&](const Matcher& matcher) {
    const auto value = known.get(matcher.name());
    return value.empty() || matcher.matches(value);
  });
}

}  // namespace

Inhibition::Inhibition(std::vector<InhibitRuleConfig> rules) {
  for (auto& rule : rules) {
    by_source_.add(rules_.size(), rule.source);
    by_target_.add(rules_.size(), rule.target);
    rules_.push_back({std::move(rule), {}});
  }
}

Labels Inhibition::equal_labels(const Rule& rule, const Labels& labels) {
  std::vector<std::string_view> names(rule.config.equal.begin(), rule.config.equal.end());
  return labels.only(names);
}

void Inhibition::add(const std::string& fingerprint, const Labels& labels) {
  by_source_.visit_matching(labels, [&](std::size_t i) {
    auto& rule = rules_[i];
    rule.sources[equal_labels(rule, labels)].insert_or_assign(fingerprint, matches_all(rule.config.target, labels));
  });
  auto targets = targets_of(labels);
  if (!targets.empty()) targets_.insert_or_assign(fingerprint, std::move(targets));
}

std::vector<Inhibition::Target> Inhibition::targets_of(const Labels& labels) const {
  std::vector<Target> targets;
  by_target_.visit_matching(labels, [&](std::size_t i) {
    targets.push_back({i, equal_labels(rules_[i], labels), matches_all(rules_[i].config.source, labels)});
  });
  return targets;
}

void Inhibition::remove(const std::string& fingerprint, const Labels& labels) {
  targets_.erase(fingerprint);
  by_source_.visit_matching(labels, [&](std::size_t i) {
    auto& rule = rules_[i];
    const auto found = rule.sources.find(equal_labels(rule, labels));
    if (found == rule.sources.end()) return;
    found->second.erase(fingerprint);
    if (found->second.empty()) rule.sources.erase(found);
  });
}

void Inhibition::expect(std::span<const Labels> alerts) {
  for (auto& rule : rules_) {
    rule.expected.clear();
    std::ranges::copy_if(alerts, std::back_inserter(rule.expected),
                         [&](const Labels& alert) { return may_match(rule.config.source, alert); });
  }
}

bool Inhibition::may_inhibit(const std::string& fingerprint) const {
  const auto targets = targets_.find(fingerprint);
  if (targets == targets_.end()) return false;
  return std::ranges::any_of(targets->second, [&](const Target& target) {
    const auto& [config, sources, expected] = rules_[target.rule];
    return std::ranges::any_of(expected, [&](const Labels& alert) {
      return std::ranges::all_of(config.equal, [&](const std::string& name) {
        const auto value = alert.get(name);
        return value.empty() || value == target.equal.get(name);
      });
    });
  });
}

std::optional<std::string> Inhibition::inhibiting(
    const std::string& fingerprint, const std::function<bool(const std::string& fingerprint)>& fires) const {
  const auto targets = targets_.find(fingerprint);
  return targets == targets_.end() ? std::nullopt : inhibiting(targets->second, fires);
}

std::optional<std::string> Inhibition::inhibiting(
    const Labels& labels, const std::function<bool(const std::string& fingerprint)>& fires) const {
  return inhibiting(targets_of(labels), fires);
}

std::optional<std::string> Inhibition::inhibiting(const std::vector<Target>& targets, const Fires& fires) const {
  for (const auto& target : targets) {
    const auto& rule = rules_[target.rule];
    const auto sources = rule.sources.find(target.equal);
    if (sources == rule.sources.end()) continue;
    for (const auto& [source, is_target] : sources->second)
      if (!(target.is_source && is_target) && fires(source)) return source;
  }
  return std::nullopt;
}

}  // namespace a2od
