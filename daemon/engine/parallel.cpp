#include "daemon/engine/parallel.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <condition_variable>
#include <exception>
#include <memory>
#include <mutex>

namespace a2od {
namespace {

/// Shared with helpers, which may begin after everything is done, and then find nothing.
class Tasks {
 public:
  Tasks(std::size_t count, const std::function<void(std::size_t)>& task)
      : task_(&task), left_(count), unfinished_(count) {}

  void help() {
    for (;;) {
      std::size_t index = 0;
      {
        const std::scoped_lock lock(mutex_);
        if (left_ == 0) return;
        index = --left_;
      }
      std::exception_ptr failure;
      try {
        (*task_)(index);
      } catch (...) {
        failure = std::current_exception();
      }
      const std::scoped_lock lock(mutex_);
      if (failure && !failure_) failure_ = failure;
      if (--unfinished_ == 0) done_.notify_all();
    }
  }

  void wait() {
    std::unique_lock lock(mutex_);
    done_.wait(lock, [this] { return unfinished_ == 0; });
    if (failure_) std::rethrow_exception(failure_);
  }

 private:
  const std::function<void(std::size_t)>* task_;  ///< the caller's: not touched once nothing is left
  std::mutex mutex_;
  std::condition_variable done_;
  std::size_t left_;
  std::size_t unfinished_;
  std::exception_ptr failure_;
};

}  // namespace

void run_in_parallel(const boost::asio::any_io_executor& pool, std::size_t helpers, std::size_t count,
                     const std::function<void(std::size_t)>& task) {
  if (count == 0) return;
  auto tasks = std::make_shared<Tasks>(count, task);
  for (std::size_t i = 0; i < std::min(helpers, count - 1); ++i) boost::asio::post(pool, [tasks] { tasks->help(); });
  tasks->help();
  tasks->wait();
}

}  // namespace a2od
