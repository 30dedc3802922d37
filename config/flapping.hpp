// When an alert changes so often that nobody is told of each change.
#pragma once

#include "config/time.hpp"

#include <chrono>
#include <cstdint>

namespace a2od {

/// An alert flaps once it has begun or ended `changes` times within a time, until it has not for another.
struct FlappingConfig {
  std::uint64_t changes = 6;
  Milliseconds within = std::chrono::minutes(30);
  Milliseconds quiet = std::chrono::minutes(15);
  bool operator==(const FlappingConfig&) const = default;
};

}  // namespace a2od
