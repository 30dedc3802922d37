// The event loop's way to the state database: what a full or broken disk does to each of those who write there.
#pragma once

#include "daemon/audit/journal.hpp"
#include "daemon/state/database.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <functional>
#include <map>
#include <string>

namespace a2od {

/// On the event loop. A writer whose write fails goes on from memory, and writes what it has then again later.
class StateWriter {
 public:
  /// `strand`: one thread at a time is at the database.
  StateWriter(Database& database, boost::asio::any_io_executor strand, Journal& journal)
      : database_(database), strand_(strand), journal_(journal) {}

  /// Runs `work`, once, on the strand, in one transaction with the events that wait in the journal; whether all of it
  /// is durable. `what` names the writer, as in "notifications": its first failure and its next success are logged.
  boost::asio::awaitable<bool> write(std::string what, std::function<void(Database&)> work);

  /// Why some writer's last write failed; empty: none did.
  [[nodiscard]] std::string fault() const { return faults_.empty() ? std::string() : faults_.begin()->second; }

 private:
  Database& database_;
  boost::asio::any_io_executor strand_;
  Journal& journal_;
  std::map<std::string, std::string> faults_;  ///< by writer
};

}  // namespace a2od
