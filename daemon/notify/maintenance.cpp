#include "daemon/notify/maintenance.hpp"

#include <algorithm>
#include <chrono>
#include <ranges>

namespace a2od {
namespace {

constexpr Milliseconds kBelieved = std::chrono::hours(1);

/// Alerts about the work itself: that it takes long, that it has failed.
std::vector<Matcher> about_work() {
  constexpr const char* kNames = "EnvironmentAdminModeLong|EnvironmentOperationFailed|EnvironmentOperationRunningLong";
  return {Matcher::make(MatchType::regex, "alertname", kNames).value()};
}

}  // namespace

std::string maintenance_id(const EnvironmentWork& work) { return "maintenance/" + work.environment + ": " + work.what; }

std::string maintenance_id(const MaintenanceWindow& window) { return "maintenance/" + window.name; }

Maintenance::Maintenance(const MaintenanceConfig& config, const std::vector<NamedTimeInterval>& intervals) {
  set_config(config, intervals);
}

void Maintenance::set_config(const MaintenanceConfig& config, const std::vector<NamedTimeInterval>& intervals) {
  environments_enabled_ = config.environments.enabled;
  excepted_ = config.environments.except ? *config.environments.except : about_work();
  windows_.clear();
  index_ = {};
  for (const auto& window : config.windows) {
    auto& added = windows_.emplace_back(window, std::vector<TimeInterval>{});
    for (const auto& choice : window.intervals) {
      if (const auto* interval = std::get_if<TimeInterval>(&choice)) {
        added.intervals.push_back(*interval);
        continue;
      }
      const auto named = std::ranges::find(intervals, std::get<std::string>(choice), &NamedTimeInterval::name);
      if (named == intervals.end()) continue;
      added.intervals.insert(added.intervals.end(), named->intervals.begin(), named->intervals.end());
    }
    index_.add(windows_.size() - 1, window.matchers);
  }
  ++version_;
  minute_ = {};
}

void Maintenance::restore(const std::vector<EnvironmentWork>& saved, Timestamp now) {
  for (const auto& work : saved) work_.emplace(work, now + kBelieved);
  file_by_environment();
}

bool Maintenance::see(const EnvironmentsSeen& seen, Timestamp now) {
  const auto before = work_.size();
  bool changed = false;
  for (const auto& work : seen.work) changed = work_.insert_or_assign(work, now + kBelieved).second || changed;
  std::erase_if(work_, [&](const auto& item) {
    const auto& [work, believed_until] = item;
    if (seen.work.contains(work)) return false;
    const bool source_known = work.what == kAdministrationMode
                                  ? seen.inventories.contains(work.tenant)
                                  : seen.known_operations.contains({work.tenant, work.environment});
    return source_known || believed_until <= now;
  });
  if (!changed && work_.size() == before) return false;
  changed_ = true;
  file_by_environment();
  return true;
}

void Maintenance::file_by_environment() {
  by_environment_.clear();
  for (const auto& work : std::views::keys(work_))
    by_environment_[work.tenant][work.environment].push_back(maintenance_id(work));
}

/// Time intervals begin and end with a minute.
const std::vector<bool>& Maintenance::open_windows(Timestamp now) const {
  const auto minute = std::chrono::floor<std::chrono::minutes>(now);
  if (minute_ == minute && open_.size() == windows_.size()) return open_;
  minute_ = minute;
  open_.clear();
  for (const auto& window : windows_)
    open_.push_back(std::ranges::any_of(window.intervals, [&](const auto& each) { return each.contains(now); }));
  return open_;
}

void Maintenance::look_up(const Labels& labels, Known& known) const {
  if (known.version == version_) return;
  known = {.version = version_, .windows = {}, .excepted = matches_all(excepted_, labels)};
  index_.visit_matching(labels, [&](std::size_t window) { known.windows.push_back(window); });
  std::ranges::sort(known.windows);
}

std::vector<std::string> Maintenance::suppressing(const Labels& labels, Timestamp now, Known& known) const {
  look_up(labels, known);
  std::vector<std::string> ids;
  if (!known.windows.empty()) {
    const auto& open = open_windows(now);
    for (const auto window : known.windows)
      if (open[window]) ids.push_back(maintenance_id(windows_[window].config));
  }
  if (!environments_enabled_ || known.excepted || by_environment_.empty()) return ids;
  const auto tenant = by_environment_.find(labels.get("tenant"));
  if (tenant == by_environment_.end()) return ids;
  const auto environment = tenant->second.find(labels.get("environment"));
  if (environment != tenant->second.end())
    ids.insert(ids.end(), environment->second.begin(), environment->second.end());
  return ids;
}

std::vector<Maintenance::Reason> Maintenance::active(Timestamp now) const {
  std::vector<Reason> reasons;
  const auto& open = open_windows(now);
  for (std::size_t i = 0; i < windows_.size(); ++i)
    if (open[i]) reasons.push_back({maintenance_id(windows_[i].config), windows_[i].config.comment, {}, {}});
  if (!environments_enabled_) return reasons;
  for (const auto& work : std::views::keys(work_))
    reasons.push_back({maintenance_id(work), {}, work.tenant, work.environment});
  return reasons;
}

std::optional<Timestamp> Maintenance::next_wake(Timestamp now) const {
  if (windows_.empty()) return std::nullopt;
  return std::chrono::floor<std::chrono::minutes>(now) + std::chrono::minutes(1);
}

std::optional<std::vector<EnvironmentWork>> Maintenance::take_changes() {
  if (!std::exchange(changed_, false)) return std::nullopt;
  const auto keys = std::views::keys(work_);
  return std::vector<EnvironmentWork>(keys.begin(), keys.end());
}

}  // namespace a2od
