#include "daemon/notify/routes.hpp"

#include "config/matchers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>
#include <utility>

namespace a2od {
namespace {

/// In Alertmanager's order: by name, then value, then operator.
std::string sorted_text(std::vector<Matcher> matchers) {
  std::ranges::sort(matchers, {}, [](const Matcher& m) { return std::tuple(m.name(), m.value(), m.type()); });
  return matchers_text(matchers);
}

}  // namespace

Milliseconds Route::group_interval() const {
  return std::max<Milliseconds>(config.group_interval, std::chrono::seconds(1));
}

Milliseconds Route::repeat_interval() const {
  return std::max<Milliseconds>(config.repeat_interval, std::chrono::seconds(1));
}

Routes::Routes(RouteConfig topmost) { add(std::move(topmost), "{}", "{}"); }

/// No deeper than configuration files are.
std::size_t Routes::add(RouteConfig config, std::string id, std::string key) {
  const auto place = nodes_.size();
  auto below = std::exchange(config.routes, {});
  nodes_.push_back({std::move(id), std::move(key), std::move(config), {}});
  std::vector<std::string> steps;
  for (auto& route : below) {
    const auto step = "/" + sorted_text(route.matchers);
    const auto twins = std::ranges::count(steps, step);
    const auto child =
        add(std::move(route), fmt::format("{}{}/{}", nodes_[place].id, step, twins), nodes_[place].key + step);
    steps.push_back(step);
    nodes_[place].below.push_back(child);
  }
  return place;
}

std::vector<const Route*> Routes::taken_by(const Labels& labels) const {
  std::vector<const Route*> taken;
  if (!nodes_.front().config.receiver.empty()) take(nodes_.front(), labels, taken);
  return taken;
}

/// Whether the route matches; a route is taken itself where none below it matches.
bool Routes::take(const Route& route, const Labels& labels, std::vector<const Route*>& taken) const {
  if (!matches_all(route.config.matchers, labels)) return false;
  const auto before = taken.size();
  for (const auto place : route.below)
    if (take(nodes_[place], labels, taken) && !nodes_[place].config.continues) break;
  if (taken.size() == before) taken.push_back(&route);
  return true;
}

Labels group_labels(const Labels& labels, std::span<const std::string> group_by) {
  if (std::ranges::find(group_by, "...") != group_by.end()) return labels;
  std::vector<std::string_view> names(group_by.begin(), group_by.end());
  return labels.only(names);
}

}  // namespace a2od
