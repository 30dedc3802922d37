#include "daemon/notify/inhibition.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

namespace a2od {

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
}

void Inhibition::remove(const std::string& fingerprint, const Labels& labels) {
  by_source_.visit_matching(labels, [&](std::size_t i) {
    auto& rule = rules_[i];
    const auto found = rule.sources.find(equal_labels(rule, labels));
    if (found == rule.sources.end()) return;
    found->second.erase(fingerprint);
    if (found->second.empty()) rule.sources.erase(found);
  });
}

std::vector<std::string> Inhibition::inhibiting(
    const Labels& labels, const std::function<bool(const std::string& fingerprint)>& fires) const {
  std::vector<std::string> found;
  by_target_.visit_matching(labels, [&](std::size_t i) {
    const auto& rule = rules_[i];
    const auto sources = rule.sources.find(equal_labels(rule, labels));
    if (sources == rule.sources.end()) return;
    const bool is_source = matches_all(rule.config.source, labels);
    for (const auto& [fingerprint, is_target] : sources->second)
      if (!(is_source && is_target) && fires(fingerprint)) found.push_back(fingerprint);
  });
  std::ranges::sort(found);
  const auto repeated = std::ranges::unique(found);
  found.erase(repeated.begin(), repeated.end());
  return found;
}

}  // namespace a2od
