// The first days of an installation, in which alerts are logged and shown instead of sent: no clock, socket or file.
#pragma once

#include "daemon/notify/notify.hpp"

#include <set>
#include <span>
#include <string>
#include <vector>

namespace a2od {

/// What would be told during the time of learning. Nothing is owed from it: what still fires when it ends is sent then,
/// because rules repeat their notices.
class Learning {
 public:
  explicit Learning(Timestamp until = {}) : until_(until) {}

  void set_until(Timestamp until) { until_ = until; }
  [[nodiscard]] Timestamp until() const { return until_; }
  [[nodiscard]] bool active(Timestamp now) const { return now < until_; }

  /// A line for the log for each alert that began to fire or ended since it was last heard of.
  [[nodiscard]] std::vector<std::string> news(std::span<const AlertNotice> notices, Timestamp now);

 private:
  Timestamp until_;
  std::set<std::string> firing_;  ///< fingerprints
};

}  // namespace a2od
