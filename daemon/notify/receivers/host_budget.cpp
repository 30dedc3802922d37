#include "daemon/notify/receivers/host_budget.hpp"

#include <algorithm>

namespace a2od {

Timestamp HostBudget::reserve(const std::string& host, Rate rate, Timestamp now) {
  if (rate.per_second <= 0) return now;
  std::erase_if(full_at_, [&](const auto& bucket) { return bucket.second <= now; });
  const auto one = std::chrono::duration_cast<Milliseconds>(std::chrono::duration<double>(1 / rate.per_second));
  const auto ahead = std::chrono::duration_cast<Milliseconds>(one * (std::max(rate.burst, 1.0) - 1));
  auto& full = full_at_[host];
  full = std::max(full, now);
  const auto when = std::max(now, full - ahead);
  full += one;
  return when;
}

}  // namespace a2od
