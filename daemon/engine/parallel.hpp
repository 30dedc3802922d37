// Runs many short tasks on a pool and the calling thread, and returns when all of them are done.
#pragma once

#include <boost/asio/any_io_executor.hpp>

#include <cstddef>
#include <functional>

namespace a2od {

/// Calls `task(0)` … `task(count - 1)`, each once, up to `helpers` of them beside the caller. The caller takes part, so
/// that a pool without a free thread holds nothing up. The first exception is thrown when all have ended.
void run_in_parallel(const boost::asio::any_io_executor& pool, std::size_t helpers, std::size_t count,
                     const std::function<void(std::size_t)>& task);

}  // namespace a2od
