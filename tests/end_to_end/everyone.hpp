// Receivers of all kinds on one port, who take everything.
#pragma once

#include "tests/collectors/cloud/scripted_server.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace a2od::end_to_end {

/// Takes every request and keeps it.
class Everyone {
 public:
  Everyone() : server_(io_, [this](const test::Received& request) { return take(request); }) {
    thread_ = std::jthread([this] { io_.run(); });
  }
  ~Everyone() { io_.stop(); }

  [[nodiscard]] std::uint16_t port() const { return server_.port(); }

  /// All requests to this path, "head\r\n\r\nbody", once there are so many.
  std::vector<std::string> requests_to(const std::string& path, std::size_t count) {
    for (int i = 0; i < 200; ++i) {
      {
        const std::lock_guard lock(mutex_);
        if (taken_[path].size() >= count) return taken_[path];
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
    const std::lock_guard lock(mutex_);
    return taken_[path];
  }

  /// Bodies of all requests to this path until now.
  std::vector<boost::json::value> bodies_to(const std::string& path) {
    std::vector<boost::json::value> bodies;
    for (const auto& request : requests_to(path, 0))
      bodies.push_back(boost::json::parse(request.substr(request.find("\r\n\r\n") + 4)));
    return bodies;
  }

 private:
  test::Scripted take(const test::Received& request) {
    const std::lock_guard lock(mutex_);
    taken_[request.target()].push_back(request.head + request.body);
    const bool slack = request.target().starts_with("/slack");
    return {.bytes = test::response(slack ? "200 OK" : "202 Accepted", slack ? R"({"ok":true})" : "{}")};
  }

  boost::asio::io_context io_{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_{io_.get_executor()};
  std::mutex mutex_;
  std::map<std::string, std::vector<std::string>> taken_;
  test::ScriptedServer server_;
  std::jthread thread_;
};

}  // namespace a2od::end_to_end
