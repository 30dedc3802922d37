#include "tests/tenant/receiver/receiver.hpp"

#include "config/duration.hpp"
#include "tests/tenant/raw_reply.hpp"
#include "tests/tenant/reply.hpp"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

namespace a2od::tenant {
namespace {

constexpr std::size_t kRemembered = 1000;

HttpReply plain(unsigned status, std::string text) {
  return text_reply(status, std::move(text), "text/plain; charset=utf-8");
}

HttpReply messages(const std::deque<Received>& received) {
  json::array list;
  for (const auto& message : received)
    list.push_back({{"path", message.path}, {"status", message.status}, {"body", message.body}});
  return text_reply(200, json::serialize(list) + "\n", "application/json");
}

}  // namespace

Result<ScriptedReply> parse_scripted_reply(std::string_view text) {
  ScriptedReply reply;
  if (text == "cut") {
    reply.cut = true;
    return reply;
  }
  const auto at = text.find('@');
  if (at != std::string_view::npos) {
    const auto delay = parse_duration(text.substr(at + 1));
    if (!delay) return failure(fmt::format("reply '{}': {}", text, delay.error().message));
    reply.delay = *delay;
  }
  const auto before = text.substr(0, at);
  const auto colon = before.find(':');
  if (colon != std::string_view::npos) reply.retry_after = before.substr(colon + 1);
  const auto number = before.substr(0, colon);
  const auto* end = number.data() + number.size();
  const bool read = std::from_chars(number.data(), end, reply.status) == std::from_chars_result{end, {}};
  if (!read || reply.status < 200 || reply.status > 599)
    return failure(fmt::format("reply '{}' is not one like 200, 429:120, 500@30s or cut", text));
  return reply;
}

std::string on_one_line(std::string text) {
  std::erase_if(text, [](char c) { return c == '\n' || c == '\r'; });
  return text;
}

Receiver::Receiver(Options options) : options_(std::move(options)) {}

ScriptedReply Receiver::next_reply() {
  if (options_.replies.empty()) return {};
  const auto at = std::min(next_, options_.replies.size() - 1);
  next_ = at + 1;
  return options_.replies[at];
}

HttpReply Receiver::set_script(std::string_view text) {
  std::vector<ScriptedReply> replies;
  while (!text.empty()) {
    const auto word = text.substr(0, text.find_first_of(" \n"));
    text.remove_prefix(std::min(word.size() + 1, text.size()));
    if (word.empty()) continue;
    const auto reply = parse_scripted_reply(word);
    if (!reply) return plain(400, reply.error().message + "\n");
    replies.push_back(*reply);
  }
  options_.replies = std::move(replies);
  next_ = 0;
  return plain(200, "ok\n");
}

HttpReply Receiver::receive(const HttpRequest& request, Timestamp now) {
  auto script = next_reply();
  const auto text = render_message(request.body, now, options_.colours);
  const bool accepted = script.status < 300 && !script.cut;
  if (!text && accepted) script.status = 400;
  received_.push_back({request.target, script.cut ? 0 : script.status, request.body});
  if (received_.size() > kRemembered) received_.pop_front();
  if (script.cut) return cut_reply();
  if (text && accepted) {
    if (options_.keep) options_.keep(on_one_line(request.body));
    if (options_.print) options_.print(*text);
  }
  auto reply = plain(script.status, text ? "" : "not a webhook message of version 4\n");
  if (!script.retry_after.empty()) reply.headers.emplace_back("Retry-After", script.retry_after);
  return script.delay > Milliseconds(0) ? late_reply(std::move(reply), script.delay) : reply;
}

HttpReply Receiver::answer(const HttpRequest& request, Timestamp now) {
  if (request.method == "GET" && request.target == "/control/messages") return messages(received_);
  if (request.method != "POST") return plain(405, "post webhook messages here\n");
  if (request.target == "/control/replies") return set_script(request.body);
  return receive(request, now);
}

}  // namespace a2od::tenant
