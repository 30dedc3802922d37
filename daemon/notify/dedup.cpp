#include "daemon/notify/dedup.hpp"

#include <algorithm>

namespace a2od {

bool has_news(const LedgerEntry* last, const Fingerprints& firing, const Fingerprints& resolved, bool send_resolved,
              Milliseconds repeat, Timestamp now) {
  if (last == nullptr) return !firing.empty();
  if (!std::ranges::includes(last->firing, firing)) return true;
  // Alerts that fired and ended between two decisions are none of the receiver's concern.
  if (firing.empty()) return !last->firing.empty();
  if (send_resolved && !std::ranges::includes(last->resolved, resolved)) return true;
  return last->time + repeat <= now;
}

RoutedAlert merge_updates(const RoutedAlert& older, RoutedAlert newer) {
  const bool ends_within = newer.ends_at > older.starts_at && newer.ends_at < older.ends_at;
  const bool starts_within = newer.starts_at > older.starts_at && newer.starts_at < older.ends_at;
  if (!ends_within && !starts_within) return newer;
  newer.starts_at = std::min(newer.starts_at, older.starts_at);
  const bool older_end_counts = newer.told_resolved() ? older.ends_at <= newer.updated_at : !older.timeout;
  if (older_end_counts) newer.ends_at = std::max(newer.ends_at, older.ends_at);
  return newer;
}

}  // namespace a2od
