#include "tests/tenant/listen.hpp"

#include <boost/asio/ip/address.hpp>
#include <fmt/format.h>

#include <charconv>
#include <cstdio>
#include <stdexcept>

namespace a2od::tenant {

namespace asio = boost::asio;

asio::ip::tcp::endpoint parse_endpoint(const std::string& text) {
  const auto colon = text.rfind(':');
  const bool bracketed = text.starts_with('[') && colon != std::string::npos && colon > 1 && text[colon - 1] == ']';
  const auto host = bracketed ? text.substr(1, colon - 2) : text.substr(0, colon);
  boost::system::error_code error;
  const auto address = asio::ip::make_address(host, error);
  std::uint16_t port = 0;
  const auto* end = text.data() + text.size();
  const bool number = colon != std::string::npos &&
                      std::from_chars(text.data() + colon + 1, end, port) == std::from_chars_result{end, {}};
  if (error || !number)
    throw std::runtime_error(
        fmt::format("'{}' is not an address to listen on, expected one like 127.0.0.1:8443", text));
  return {address, port};
}

void announce(const asio::ip::tcp::endpoint& endpoint) {
  const auto address = endpoint.address().to_string();
  const auto* form = endpoint.address().is_v6() ? "listening on [{}]:{}\n" : "listening on {}:{}\n";
  fmt::print(fmt::runtime(form), address, endpoint.port());
  std::fflush(stdout);
}

}  // namespace a2od::tenant
