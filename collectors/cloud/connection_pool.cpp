#include "collectors/cloud/connection_pool.hpp"

namespace a2od::cloud {

std::unique_ptr<HttpConnection> ConnectionPool::take(const Key& key, Clock::time_point now) {
  while (!idle_.empty() && now - idle_.back().since > max_age_) idle_.pop_back();
  for (auto entry = idle_.begin(); entry != idle_.end();) {
    if (entry->key != key) {
      ++entry;
      continue;
    }
    auto connection = std::move(entry->connection);
    entry = idle_.erase(entry);
    if (connection->is_usable()) return connection;
  }
  return nullptr;
}

void ConnectionPool::put(Key key, std::unique_ptr<HttpConnection> connection, Clock::time_point now) {
  idle_.push_front({std::move(key), std::move(connection), now});
  if (idle_.size() > max_idle_) idle_.pop_back();
}

}  // namespace a2od::cloud
