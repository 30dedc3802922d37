// An exporter of a large estate: answers GET /metrics with 100 series for each environment, moved on at each scrape,
// and GET /scrapes with how many there were. On 127.0.0.1; ends when its standard input does.
#include "tests/bench/against_prometheus/estate.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>
#include <zlib.h>

#include <charconv>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>

namespace {

using a2od::bench::Churn;
using a2od::bench::Estate;

constexpr std::string_view kUsage =
    "Usage: estate_exporter ENVIRONMENTS [--churn]\n\n"
    "Serves ENVIRONMENTS times 100 series on a port of 127.0.0.1, which it prints, until standard input ends.\n\n"
    "  --churn   each minute, of scrapes each 15 s, replace 1 % of the environments and let 1,000 alerts begin or "
    "end\n";

std::string compressed(std::string_view text) {
  z_stream stream{};
  constexpr int kGzipWindow = 15 + 16;
  if (deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, kGzipWindow, 8, Z_DEFAULT_STRATEGY) != Z_OK)
    throw std::runtime_error("out of memory");
  std::string out(deflateBound(&stream, text.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

/// The page of the next scrape is made before it comes.
class Pages {
 public:
  Pages(std::size_t environments, Churn churn) : estate_(environments, churn) { make(); }

  /// Calls send(page) with the lock held: scrapes come one by one.
  template <class Send>
  void scrape(bool gzip, Send&& send) {
    const std::scoped_lock lock(mutex_);
    if (gzip && gzip_page_.empty()) gzip_page_ = compressed(page_);
    send(gzip ? gzip_page_ : page_);
    ++scrapes_;
    gzip_page_.clear();
    make();
    if (gzip) gzip_page_ = compressed(page_);
  }
  std::size_t scrapes() {
    const std::scoped_lock lock(mutex_);
    return scrapes_;
  }
  [[nodiscard]] std::size_t series() const { return estate_.size(); }

 private:
  void make() {
    estate_.move();
    estate_.render(page_);
  }

  std::mutex mutex_;
  Estate estate_;
  std::string page_;
  std::string gzip_page_;
  std::size_t scrapes_ = 0;
};

bool send_all(int socket, std::string_view text) {
  while (!text.empty()) {
    const auto sent = ::send(socket, text.data(), text.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

/// One request's head, without what follows it; nothing when the peer has gone.
std::optional<std::string> read_head(int socket, std::string& buffer) {
  constexpr std::size_t kLongest = 1 << 16;
  constexpr std::string_view kEnd = "\r\n\r\n";
  for (;;) {
    if (const auto end = buffer.find(kEnd); end != std::string::npos) {
      std::string head = buffer.substr(0, end);
      buffer.erase(0, end + kEnd.size());
      return head;
    }
    char block[4096];
    const auto got = ::recv(socket, block, sizeof(block), 0);
    if (got <= 0 || buffer.size() > kLongest) return std::nullopt;
    buffer.append(block, static_cast<std::size_t>(got));
  }
}

void serve(int socket, Pages& pages) {
  const auto reply = [&](std::string_view status, std::string_view headers, std::string_view body) {
    return send_all(socket, fmt::format("HTTP/1.1 {}\r\n{}Content-Length: {}\r\n\r\n", status, headers, body.size())) &&
           send_all(socket, body);
  };
  std::string buffer;
  while (const auto head = read_head(socket, buffer)) {
    bool sent = false;
    if (head->starts_with("GET /metrics ")) {
      const bool gzip = head->contains("gzip");
      const std::string headers = fmt::format("Content-Type: text/plain; version=0.0.4; charset=utf-8\r\n{}",
                                              gzip ? "Content-Encoding: gzip\r\n" : "");
      pages.scrape(gzip, [&](std::string_view page) { sent = reply("200 OK", headers, page); });
    } else if (head->starts_with("GET /scrapes ")) {
      sent = reply("200 OK", "Content-Type: text/plain\r\n", std::to_string(pages.scrapes()));
    } else {
      sent = reply("404 Not Found", "", "");
    }
    if (!sent) break;
  }
  ::close(socket);
}

int listen_somewhere() {
  const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  auto* const any = reinterpret_cast<sockaddr*>(&address);
  if (listener < 0 || ::bind(listener, any, size) != 0 || ::listen(listener, 16) != 0 ||
      ::getsockname(listener, any, &size) != 0)
    throw std::system_error(errno, std::generic_category(), "cannot listen");
  fmt::print("{}\n", ntohs(address.sin_port));
  std::fflush(stdout);
  return listener;
}

}  // namespace

int main(int argc, char** argv) {
  std::size_t environments = 0;
  const std::string_view number = argc > 1 ? argv[1] : "";
  std::from_chars(number.data(), number.data() + number.size(), environments);
  const bool churn = argc > 2 && std::string_view(argv[2]) == "--churn";
  if (environments == 0 || argc > (churn ? 3 : 2)) {
    fmt::print(stderr, "{}", kUsage);
    return 2;
  }
  constexpr std::size_t kHundredth = 100;
  constexpr std::size_t kAlertsThatBegin = 500;
  Pages pages(environments,
              churn ? Churn{.environments = environments / kHundredth, .alerts = kAlertsThatBegin} : Churn{});
  const int listener = listen_somewhere();
  std::thread([&] {
    for (;;) {
      const int socket = ::accept(listener, nullptr, nullptr);
      if (socket >= 0) std::thread(serve, socket, std::ref(pages)).detach();
    }
  }).detach();
  char byte = 0;
  while (::read(STDIN_FILENO, &byte, 1) > 0) {
  }
  std::_Exit(0);
}
