// Dead man's switches, as the configuration has them: signs of life that must come, and those that a2od gives.
#pragma once

#include "config/schedule.hpp"
#include "config/time.hpp"

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace a2od {

/// A sign of life that something else gives: one of `every` and `schedule` says when the next is due.
struct IncomingHeartbeat {
  std::string name;
  std::optional<Milliseconds> every;
  std::optional<Schedule> schedule;
  Milliseconds grace = std::chrono::minutes(5);    ///< so much later than it is due it is missing
  std::map<std::string, std::string> labels;       ///< of its alerts
  std::map<std::string, std::string> annotations;  ///< in place of ours
  bool operator==(const IncomingHeartbeat&) const = default;
};

/// A sign of life that a2od gives to a receiver.
struct OutgoingHeartbeat {
  std::string receiver;
  Milliseconds every = std::chrono::minutes(5);
  bool operator==(const OutgoingHeartbeat&) const = default;
};

struct HeartbeatsConfig {
  std::vector<IncomingHeartbeat> incoming;
  std::vector<OutgoingHeartbeat> outgoing;
  bool operator==(const HeartbeatsConfig&) const = default;
};

}  // namespace a2od
