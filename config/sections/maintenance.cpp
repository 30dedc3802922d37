#include "config/schema/checks.hpp"
#include "config/schema/table.hpp"
#include "config/schema/values.hpp"
#include "config/sections/sections.hpp"

namespace a2od::schema {
namespace {

using NameOrInterval = std::variant<std::string, TimeInterval>;

/// A name stands in a line, an interval is a mapping.
Type<NameOrInterval> name_or_interval() {
  const std::string name = "the name of a time interval, or a mapping as time_intervals have it";
  return {
      .name = name,
      .read =
          [name, interval = calendar()](Reader& reader, const Node& node, NameOrInterval& value) {
            if (node.kind() == Node::Kind::mapping)
              interval.read(reader, node, value.emplace<TimeInterval>());
            else if (node.kind() == Node::Kind::scalar && !node.text().empty())
              value = node.text();
            else
              reader.unexpected_kind(node, name);
          },
      .schema = [interval = calendar()] { return R"({"anyOf":[)" + any_scalar() + "," + interval.schema() + "]}"; }};
}

void check_window(Reader& reader, const Node& node, const MaintenanceWindow& window) {
  const auto* matchers = node.find("matchers");
  if (matchers == nullptr || !window.matchers.empty() || !matchers->items().empty()) return;
  const Reader::Step step(reader, "matchers");
  reader.problem(matchers->position(), "found none, expected at least one: all alerts are alertname=~\".+\"");
}

Type<std::vector<MaintenanceWindow>> windows() {
  using Window = MaintenanceWindow;
  return unique_list_of(
      "name",
      section<Window>({
          .keys = {key("name", &Window::name, text("text of 1 to 128 bytes without control characters", is_label_value),
                       "shown as the reason: maintenance/NAME", Presence::required),
                   key("matchers", &Window::matchers, matchers(), "which alerts are not told: all must match",
                       Presence::required),
                   key("time_intervals", &Window::intervals, list_of(name_or_interval(), Emptiness::refused),
                       "when: names of time intervals, or what they would have, in any of which the time is",
                       Presence::required),
                   key("comment", &Window::comment, text(), "why, for those who wonder")},
          .check = check_window,
      }));
}

Type<MaintenanceConfig::Environments> environments() {
  using Environments = MaintenanceConfig::Environments;
  return section<Environments>({
      .keys =
          {key("enabled", &Environments::enabled, boolean(),
               "whether nobody is told of the alerts of an environment that is in administration mode, being copied "
               "or restored"),
           key("except", &Environments::except, matchers(),
               "matchers of those that are told all the same [those about such work itself: "
               "EnvironmentAdminModeLong, EnvironmentOperationFailed, EnvironmentOperationRunningLong]")},
  });
}

}  // namespace

Type<MaintenanceConfig> maintenance() {
  return section<MaintenanceConfig>({
      .keys = {key("environments", &MaintenanceConfig::environments, environments(),
                   "environments that are worked on, as the platform says"),
               key("windows", &MaintenanceConfig::windows, windows(), "silences that come again with the calendar")},
  });
}

void check_maintenance(Reader& reader, const Node& root) {
  const auto* maintenance = root.find("maintenance");
  const auto* windows = maintenance == nullptr ? nullptr : maintenance->find("windows");
  if (windows == nullptr) return;
  auto known = names_in(root.find("time_intervals"));
  for (const auto name : names_in(root.find("mute_time_intervals"))) known.push_back(name);
  const Reader::Step in_section(reader, "maintenance");
  const Reader::Step in_windows(reader, "windows");
  for (std::size_t i = 0; i < windows->items().size(); ++i) {
    const auto* intervals = windows->items()[i].find("time_intervals");
    if (intervals == nullptr) continue;
    const Reader::Step in_window(reader, i);
    const Reader::Step in_intervals(reader, "time_intervals");
    for (std::size_t k = 0; k < intervals->items().size(); ++k) {
      const Reader::Step in_item(reader, k);
      check_name(reader, intervals->items()[k], "time interval", known);
    }
  }
}

}  // namespace a2od::schema
