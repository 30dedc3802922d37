#include "daemon/commands/daemon_client.hpp"

#include "collectors/async/clock.hpp"
#include "collectors/cloud/assertion.hpp"
#include "collectors/cloud/http_client.hpp"
#include "collectors/cloud/json.hpp"
#include "config/matchers.hpp"
#include "config/text.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <fmt/format.h>
#include <pwd.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <exception>
#include <expected>
#include <fstream>
#include <utility>

namespace a2od {

namespace asio = boost::asio;

namespace {

constexpr auto kTimeout = std::chrono::minutes(3);  // the daemon gives up after two

std::string first_line_of(const std::string& file) {
  std::ifstream in(file);
  std::string line;
  if (!std::getline(in, line) || !line.contains(':')) throw CommandFailed(file + " has no line user:password");
  return line;
}

cloud::HttpRequest request_to(const DaemonAddress& address, std::string_view method, std::string_view path) {
  auto server = address.server;
  while (server.ends_with('/')) server.pop_back();
  auto url = cloud::parse_url(server + std::string(path));
  if (!url) throw CommandFailed("--server: " + url.error().message);
  cloud::HttpRequest request{.method = std::string(method), .url = *url, .tls = {.ca_file = address.ca_file}};
  if (!address.credentials_file.empty())
    request.headers.emplace_back("Authorization", "Basic " + cloud::base64(first_line_of(address.credentials_file)));
  return request;
}

}  // namespace

DaemonAnswer ask_daemon(const DaemonAddress& address, std::string_view method, std::string_view path,
                        std::string_view content_type, std::string body) {
  asio::io_context io(1);
  const SystemClock clock;
  TransportConfig transport;
  transport.proxy = ProxyConfig{};  // the daemon is near
  cloud::HttpClient http(io.get_executor(), transport, clock);
  auto request = request_to(address, method, path);
  if (!content_type.empty()) request.headers.emplace_back("Content-Type", content_type);
  request.body = std::move(body);
  auto limits = http.limits();
  limits.first_byte = kTimeout;
  limits.total = kTimeout;
  request.limits = limits;
  std::expected<cloud::HttpResponse, cloud::HttpError> response;
  std::exception_ptr failure;
  asio::co_spawn(
      io, [&]() -> asio::awaitable<void> { response = co_await http.send(std::move(request)); },
      [&](std::exception_ptr thrown) { failure = thrown; });
  io.run();
  if (failure) std::rethrow_exception(failure);
  if (!response) throw CommandFailed(response.error().message + "; is a2od running? --server says where");
  if (response->status == 401)
    throw CommandFailed("the daemon asks who you are: --credentials-file names user:password");
  return {response->status, std::move(response->body)};
}

int attempt(const DaemonAddress& address, const std::function<void()>& work) {
  try {
    work();
    return 0;
  } catch (const CommandFailed& failed) {
    fmt::print(stderr, "a2od: {}\n", failed.what());
  } catch (const std::exception&) {
    fmt::print(stderr, "a2od: what answers at {} is no a2od or Alertmanager\n", address.server);
  }
  return 1;
}

std::vector<Matcher> read_matchers(const std::vector<std::string>& texts) {
  std::vector<Matcher> matchers;
  for (const auto& text : texts) {
    const bool is_name = text.find_first_of("=!~{") == std::string::npos;
    auto matcher = is_name ? Matcher::make(MatchType::equal, "alertname", text, Dot::one_line)
                           : parse_matcher(text, MatcherSyntax::fallback);
    if (!matcher) throw CommandFailed("'" + text + "': " + matcher.error().message);
    matchers.push_back(std::move(*matcher));
  }
  return matchers;
}

std::string user_name() {
  const auto* user = getpwuid(getuid());
  return user == nullptr ? fmt::format("uid {}", getuid()) : user->pw_name;
}

std::string api_fault(const DaemonAnswer& answer) {
  const auto document = cloud::parse_json(answer.body);
  if (const auto error = document ? cloud::get_string(*document, "error") : std::nullopt) return for_terminal(*error);
  return answer.body.empty() ? fmt::format("it answered {}", answer.status) : answer.body;
}

std::string for_terminal(std::string_view text) {
  std::string out;
  for (const char c : text) out += is_control(c) && c != '\n' ? ' ' : c;
  return out;
}

}  // namespace a2od
