// The dispatcher's state, silences and the outbox in the state database.
#pragma once

#include "daemon/notify/dispatcher.hpp"
#include "daemon/notify/outbox.hpp"
#include "daemon/state/database.hpp"

#include <span>
#include <vector>

namespace a2od {

/// Writes the dispatcher's changes and its new messages, which have ids that no other ever had, as one.
void commit(Database& database, const DispatcherChanges& changes);

[[nodiscard]] DispatcherState load_dispatcher(Database& database);

void commit(Database& database, const OutboxChanges& changes);

/// Both as one: what became of messages, also of those that are new.
void commit(Database& database, const DispatcherChanges& decisions, const OutboxChanges& outcomes);

void commit(Database& database, const SilenceChanges& changes);

[[nodiscard]] std::vector<Silence> load_silences(Database& database);

/// All that notification keeps.
struct NotificationState {
  DispatcherState dispatcher;
  std::vector<Message> messages;
  std::vector<Silence> silences;
};

/// All of it in place of what is there: after a time in which nothing could be written.
void replace(Database& database, const NotificationState& state);

/// The highest id that a message ever had; 0 before the first.
[[nodiscard]] std::uint64_t last_message_id(Database& database);

/// In the order of their ids.
[[nodiscard]] std::vector<Message> load_outbox(Database& database);

}  // namespace a2od
