// Which alerts are not told because others fire: Alertmanager's inhibition rules. No clock, socket, thread or file.
#pragma once

#include "config/config.hpp"
#include "daemon/notify/matcher_index.hpp"
#include "rules/series/labels.hpp"

#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

namespace a2od {

/// Knows all alerts, which of them may inhibit which others, and asks whether they fire when it matters.
class Inhibition {
 public:
  explicit Inhibition(std::vector<InhibitRuleConfig> rules = {});

  /// An alert that is there from now on; again for one that is there already changes nothing.
  void add(const std::string& fingerprint, const Labels& labels);
  void remove(const std::string& fingerprint, const Labels& labels);

  /// Alerts that may come, in place of those that might before: each by labels that it will have, perhaps with others.
  void expect(std::span<const Labels> alerts);
  /// Whether one that is expected may inhibit one that was added.
  [[nodiscard]] bool may_inhibit(const std::string& fingerprint) const;

  /// The fingerprint of a firing alert that inhibits one that was added: there may be more. An alert that is source and
  /// target of a rule is not inhibited by others of which the same is true. A label that is not there is the same as an
  /// empty one.
  [[nodiscard]] std::optional<std::string> inhibiting(
      const std::string& fingerprint, const std::function<bool(const std::string& fingerprint)>& fires) const;
  /// The same for one that was not added, if it were.
  [[nodiscard]] std::optional<std::string> inhibiting(
      const Labels& labels, const std::function<bool(const std::string& fingerprint)>& fires) const;

 private:
  /// By fingerprint, whether it is a target of the same rule as well.
  using Sources = std::map<std::string, bool>;
  struct Rule {
    InhibitRuleConfig config;
    std::map<Labels, Sources> sources;  ///< by their labels in `equal`
    std::vector<Labels> expected{};     ///< possible sources
  };

  /// A rule that an alert is a target of.
  struct Target {
    std::size_t rule = 0;
    Labels equal;
    bool is_source = false;
  };

  using Fires = std::function<bool(const std::string& fingerprint)>;
  [[nodiscard]] static Labels equal_labels(const Rule& rule, const Labels& labels);
  [[nodiscard]] std::vector<Target> targets_of(const Labels& labels) const;
  [[nodiscard]] std::optional<std::string> inhibiting(const std::vector<Target>& targets, const Fires& fires) const;

  std::vector<Rule> rules_;
  MatcherIndex<std::size_t> by_source_;
  MatcherIndex<std::size_t> by_target_;
  std::unordered_map<std::string, std::vector<Target>> targets_;  ///< by fingerprint; without those of no rule
};

}  // namespace a2od
