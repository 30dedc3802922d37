// Plain blocking HTTP for tests, over TCP or, for the simulated tenant's control endpoint, TLS without verification.
#pragma once

#include <cstdint>
#include <string>

namespace a2od::end_to_end {

struct Reply {
  unsigned status = 0;  ///< 0: nobody answered
  std::string head;
  std::string body;
};

/// One request on a connection of its own to 127.0.0.1.
Reply request(std::uint16_t port, const std::string& method, const std::string& target, const std::string& body = "",
              const std::string& headers = "");
inline Reply get(std::uint16_t port, const std::string& target, const std::string& headers = "") {
  return request(port, "GET", target, "", headers);
}

/// The same over TLS, to the host that tests steer the simulated tenant by.
Reply control(std::uint16_t port, const std::string& method, const std::string& target, const std::string& body = "");

/// A port of 127.0.0.1 that is free at this moment.
std::uint16_t free_port();

}  // namespace a2od::end_to_end
