// The one timestamp type: milliseconds since the epoch, as Prometheus keeps them, with a type.
#pragma once

#include <chrono>

namespace a2od {

using Milliseconds = std::chrono::milliseconds;
using Timestamp = std::chrono::sys_time<Milliseconds>;

}  // namespace a2od
