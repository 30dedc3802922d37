#include "rules/alerting/alert.hpp"

namespace a2od {

std::string_view to_string(AlertState state) {
  switch (state) {
    case AlertState::inactive:
      return "inactive";
    case AlertState::pending:
      return "pending";
    case AlertState::firing:
      return "firing";
  }
  return "inactive";
}

Labels with_external(Labels labels, const std::map<std::string, std::string>& external) {
  for (const auto& [name, value] : external)
    if (labels.get(name).empty()) labels = labels.with(name, value);
  return labels;
}

}  // namespace a2od
