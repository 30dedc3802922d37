// What both programs of this folder need to be servers on the command line.
#pragma once

#include <boost/asio/ip/tcp.hpp>

#include <string>

namespace a2od::tenant {

/// "127.0.0.1:8443", "[::1]:0". Throws std::runtime_error that shows the form wanted.
[[nodiscard]] boost::asio::ip::tcp::endpoint parse_endpoint(const std::string& text);

/// Prints "listening on 127.0.0.1:8443" for whoever waits for the program to be ready.
void announce(const boost::asio::ip::tcp::endpoint& endpoint);

}  // namespace a2od::tenant
