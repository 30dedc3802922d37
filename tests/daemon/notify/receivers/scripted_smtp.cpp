#include "tests/daemon/notify/receivers/scripted_smtp.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <stdexcept>

namespace a2od::test {

namespace {

bool send_all(int client, const std::string& text) {
  return ::send(client, text.data(), text.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(text.size());
}

}  // namespace

ScriptedSmtp::ScriptedSmtp(SmtpScript script) : script_(std::move(script)) {
  listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* any = reinterpret_cast<sockaddr*>(&address);
  if (::bind(listener_, any, size) != 0 || ::listen(listener_, 8) != 0 || ::getsockname(listener_, any, &size) != 0)
    throw std::runtime_error("cannot listen");
  port_ = ntohs(address.sin_port);
  thread_ = std::thread([this] { serve(); });
}

ScriptedSmtp::~ScriptedSmtp() {
  stopping_ = true;
  ::shutdown(listener_, SHUT_RDWR);
  thread_.join();
  ::close(listener_);
}

std::vector<std::string> ScriptedSmtp::lines() const {
  const std::lock_guard lock(mutex_);
  return lines_;
}

void ScriptedSmtp::serve() {
  while (!stopping_) {
    const int client = ::accept(listener_, nullptr, nullptr);
    if (client < 0) continue;
    talk(client);
    ::close(client);
  }
}

void ScriptedSmtp::talk(int client) {
  if (!answer(client, "GREETING")) return;
  std::string buffered;
  bool content = false;
  for (;;) {
    pollfd ready{.fd = client, .events = POLLIN, .revents = 0};
    if (stopping_) return;
    if (::poll(&ready, 1, 20) == 0) continue;
    char data[4096];
    const auto got = ::recv(client, data, sizeof data, 0);
    if (got <= 0) return;
    buffered.append(data, static_cast<std::size_t>(got));
    for (auto end = buffered.find("\r\n"); end != std::string::npos; end = buffered.find("\r\n")) {
      const auto line = buffered.substr(0, end);
      buffered.erase(0, end + 2);
      {
        const std::lock_guard lock(mutex_);
        lines_.push_back(line);
      }
      if (content && line != ".") continue;
      if (!answer(client, line)) return;
      content = line == "DATA" && !script_.answers.contains("DATA");
    }
  }
}

bool ScriptedSmtp::answer(int client, const std::string& line) {
  const auto verb = line.substr(0, line.find_first_of(" :"));
  const auto scripted = script_.answers.find(verb);
  if (scripted == script_.answers.end())
    return send_all(client, verb == "DATA" ? "354 go on\r\n" : verb == "GREETING" ? "220 here\r\n" : "250 fine\r\n");
  if (scripted->second == SmtpScript::kClose) return false;
  if (scripted->second != SmtpScript::kDrip) return send_all(client, scripted->second);
  dripping_ = true;
  while (!stopping_ && send_all(client, "2")) ::poll(nullptr, 0, 10);
  dripping_ = false;
  return false;
}

}  // namespace a2od::test
