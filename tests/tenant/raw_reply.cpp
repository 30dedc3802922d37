#include "tests/tenant/raw_reply.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>

namespace a2od::tenant {
namespace {

namespace asio = boost::asio;

std::string bytes_of(const HttpReply& reply) {
  std::string bytes =
      fmt::format("HTTP/1.1 {} Reply\r\nContent-Type: {}\r\nContent-Length: {}\r\nConnection: close\r\n", reply.status,
                  reply.content_type, reply.body->size());
  for (const auto& [name, value] : reply.headers) bytes += fmt::format("{}: {}\r\n", name, value);
  return bytes + "\r\n" + *reply.body;
}

asio::awaitable<void> pause_for(Milliseconds time) {
  const auto executor = co_await asio::this_coro::executor;
  asio::steady_timer timer(executor, time);
  co_await timer.async_wait(asio::use_awaitable);
}

asio::awaitable<void> send_late(ByteSink& sink, std::string bytes, Milliseconds delay) {
  co_await pause_for(delay);
  co_await sink.write(std::move(bytes));
}

asio::awaitable<void> drip(ByteSink& sink, std::string bytes, std::size_t step, Milliseconds pause) {
  for (std::size_t at = 0; at < bytes.size(); at += step) {
    co_await sink.write(bytes.substr(at, step));
    co_await pause_for(pause);
  }
}

asio::awaitable<void> send_and_cut(ByteSink& sink, std::string bytes) {
  if (!bytes.empty()) co_await sink.write(std::move(bytes));
  sink.cut();
}

asio::awaitable<void> send_huge(ByteSink& sink, std::uint64_t size) {
  constexpr std::string_view kOpen = R"({"value":[],"padding":")";
  constexpr std::string_view kClose = R"("})";
  constexpr std::uint64_t kChunk = 64U << 10U;
  size = std::max<std::uint64_t>(size, kOpen.size() + kClose.size());
  std::string head = fmt::format(
      "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{}", size,
      kOpen);
  co_await sink.write(std::move(head));
  for (auto left = size - kOpen.size() - kClose.size(); left > 0;) {
    const auto step = std::min(left, kChunk);
    std::string padding(step, 'x');
    co_await sink.write(std::move(padding));
    left -= step;
  }
  std::string end(kClose);
  co_await sink.write(std::move(end));
}

}  // namespace

HttpReply late_reply(HttpReply reply, Milliseconds delay) {
  if (reply.raw) return reply;
  reply.raw = [bytes = bytes_of(reply), delay](ByteSink& sink) { return send_late(sink, bytes, delay); };
  return reply;
}

HttpReply dripping_reply(HttpReply reply, std::uint64_t bytes_at_once, Milliseconds pause) {
  if (reply.raw) return reply;
  const auto step = std::max<std::size_t>(bytes_at_once, 1);
  reply.raw = [bytes = bytes_of(reply), step, pause](ByteSink& sink) { return drip(sink, bytes, step, pause); };
  return reply;
}

HttpReply cut_reply_after(HttpReply reply, std::uint64_t bytes) {
  reply.raw = [sent = bytes_of(reply).substr(0, bytes)](ByteSink& sink) { return send_and_cut(sink, sent); };
  return reply;
}

HttpReply cut_reply() { return cut_reply_after(HttpReply(), 0); }

HttpReply huge_reply(std::uint64_t bytes) {
  HttpReply reply;
  reply.raw = [bytes](ByteSink& sink) { return send_huge(sink, bytes); };
  return reply;
}

}  // namespace a2od::tenant
