// Which routes an alert takes: Alertmanager's tree. No clock.
#pragma once

#include "config/config.hpp"
#include "rules/series/labels.hpp"

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace a2od {

/// A node of the tree.
struct Route {
  std::string id;   ///< {}/{severity="page"}/0, counting those beside it that ask for the same: others may come and go
  std::string key;  ///< {}/{severity="page"}: as Alertmanager's group keys begin
  RouteConfig config;  ///< without the routes below it
  std::vector<std::size_t> below;

  /// At least a second.
  [[nodiscard]] Milliseconds group_interval() const;
  /// At least a second.
  [[nodiscard]] Milliseconds repeat_interval() const;
};

class Routes {
 public:
  explicit Routes(RouteConfig topmost = {});

  /// Those that an alert with these labels takes, in the order of the file; none where there is no receiver at all.
  [[nodiscard]] std::vector<const Route*> taken_by(const Labels& labels) const;
  /// Each before those below it.
  [[nodiscard]] std::span<const Route> all() const { return nodes_; }

 private:
  std::size_t add(RouteConfig config, std::string id, std::string key);
  bool take(const Route& route, const Labels& labels, std::vector<const Route*>& taken) const;

  std::vector<Route> nodes_;
};

/// The labels that a route groups an alert by; `...` alone: all of them.
[[nodiscard]] Labels group_labels(const Labels& alert, std::span<const std::string> group_by);

}  // namespace a2od
