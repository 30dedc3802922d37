// How fast one host may be asked: a token bucket each.
#pragma once

#include "config/time.hpp"

#include <map>
#include <string>

namespace a2od {

class HostBudget {
 public:
  struct Rate {
    double per_second = 0;  ///< 0: without limit
    double burst = 1;
  };

  /// When the next request may be sent: a place that is then taken.
  [[nodiscard]] Timestamp reserve(const std::string& host, Rate rate, Timestamp now);

 private:
  /// By host: when its bucket will be full again.
  std::map<std::string, Timestamp> full_at_;
};

}  // namespace a2od
