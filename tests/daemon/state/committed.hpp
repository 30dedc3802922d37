// Committing as the daemon does: messages are numbered first.
#pragma once

#include "daemon/state/notifications.hpp"

#include <vector>

namespace a2od::test {

/// The messages as they were written.
inline std::vector<Message> committed(Database& database, DispatcherChanges changes) {
  auto id = last_message_id(database);
  for (auto& message : changes.messages) message.id = ++id;
  commit(database, changes);
  return changes.messages;
}

}  // namespace a2od::test
