#include "daemon/state/state_writer.hpp"

#include "daemon/offload.hpp"
#include "daemon/state/events.hpp"

#include <spdlog/spdlog.h>

#include <exception>
#include <utility>

namespace a2od {

boost::asio::awaitable<bool> StateWriter::write(std::string what, std::function<void(Database&)> work) {
  std::string fault;
  auto events = journal_.take();
  try {
    co_await offload(strand_, [&] {
      database_.transaction([&](SQLite::Database&) {
        work(database_);
        append(database_, events);
      });
    });
  } catch (const std::exception& error) {
    fault = error.what();
    journal_.put_back(std::move(events));
  }
  if (fault.empty()) {
    if (faults_.erase(what) > 0) spdlog::info("{}: written down again", what);
    co_return true;
  }
  if (!faults_.contains(what)) spdlog::error("{} cannot be written down, and go on from memory: {}", what, fault);
  faults_.insert_or_assign(std::move(what), std::move(fault));
  co_return false;
}

}  // namespace a2od
