// What the service manager that started us is told: that we are ready, reload, stop, and still live. It is systemd's
// protocol (sd_notify), datagrams of text to the socket that $NOTIFY_SOCKET names.
#pragma once

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace a2od {

/// Without $NOTIFY_SOCKET all of it does nothing. A message that cannot be sent is dropped: the service manager judges
/// by what it hears. Used on the event loop's thread alone.
class ServiceManager {
 public:
  ServiceManager();
  ~ServiceManager();
  ServiceManager(const ServiceManager&) = delete;
  ServiceManager& operator=(const ServiceManager&) = delete;

  /// `status` is a line for people: `systemctl status` shows it.
  void ready(std::string_view status) const;
  void reloading() const;
  void stopping() const;

  /// How often a sign of life is due, with time to spare; nothing where none is expected of this process.
  [[nodiscard]] std::optional<std::chrono::microseconds> sign_of_life_due() const { return due_; }
  /// Gives them from the event loop until it is cancelled, so that a loop that is stuck is noticed.
  [[nodiscard]] boost::asio::awaitable<void> give_signs_of_life() const;

 private:
  void tell(const std::string& message) const;

  int socket_ = -1;
  std::optional<std::chrono::microseconds> due_;
};

}  // namespace a2od
