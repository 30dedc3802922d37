#include "collectors/sample.hpp"

#include <algorithm>
#include <array>

namespace a2od {

std::string_view to_string(MetricType type) {
  switch (type) {
    case MetricType::counter:
      return "counter";
    case MetricType::info:
      return "info";
    case MetricType::state_set:
      return "stateset";
    case MetricType::gauge:
      break;
  }
  return "gauge";
}

std::string_view to_string(Outcome outcome) {
  switch (outcome) {
    case Outcome::ok:
      return "ok";
    case Outcome::degraded:
      return "degraded";
    case Outcome::throttled:
      return "throttled";
    case Outcome::denied:
      return "denied";
    case Outcome::unreachable:
      return "unreachable";
    case Outcome::broken:
      return "broken";
    case Outcome::absent:
      return "absent";
  }
  return "broken";
}

Outcome combine(std::span<const Part> parts) {
  const auto count = [&](Outcome outcome) { return std::ranges::count(parts, outcome, &Part::outcome); };
  const auto good = count(Outcome::ok);
  if (good + count(Outcome::absent) == std::ssize(parts)) return Outcome::ok;
  if (good > 0) return Outcome::degraded;
  constexpr std::array kWorstFirst{Outcome::denied, Outcome::throttled, Outcome::unreachable, Outcome::broken};
  return *std::ranges::max_element(kWorstFirst, {}, count);
}

}  // namespace a2od
