// The alerts of rule groups in the state database.
#pragma once

#include "daemon/state/database.hpp"
#include "rules/alerting/group.hpp"

#include <span>
#include <string>
#include <vector>

namespace a2od {

/// The alerts of one rule group, as Group::save() gives them.
struct GroupAlerts {
  std::string file;
  std::string group;
  std::vector<SavedAlert> alerts;
};

/// Replaces what is saved of each of these groups; only rows that differ are written.
void save_rule_alerts(Database& database, std::span<const GroupAlerts> groups);

/// All of them, for Group::restore(), which finds its own.
[[nodiscard]] std::vector<SavedAlert> load_rule_alerts(Database& database);

}  // namespace a2od
