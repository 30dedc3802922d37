// Whether a group has something to tell an integration: Alertmanager's deduplication.
#pragma once

#include "daemon/notify/notify.hpp"

namespace a2od {

/// `last` is what the integration was told before, nullptr if nothing; `repeat` is due that long after it. New firing
/// alerts are told, newly resolved ones if `send_resolved`, the end of all firing ones always (where resolves are not
/// sent, so that the ledger forgets them), and firing ones again when the repeat is due.
[[nodiscard]] bool has_news(const LedgerEntry* last, const Fingerprints& firing, const Fingerprints& resolved,
                            bool send_resolved, Milliseconds repeat, Timestamp now);

/// An update of an alert that is known already, as Alertmanager merges them: where their times overlap the earliest
/// start counts, and the latest end that was named.
[[nodiscard]] RoutedAlert merge_updates(const RoutedAlert& older, RoutedAlert newer);

}  // namespace a2od
