#include "daemon/web/api/heartbeats.hpp"

#include "config/duration.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

namespace a2od {

namespace json = boost::json;

namespace {

json::value shown(const std::optional<Timestamp>& time) {
  return time ? json::value(format_time(*time)) : json::value(nullptr);
}

json::object shown(const Heartbeats::Incoming& heartbeat) {
  const auto& [config, state, summary, due, missing_at] = heartbeat;
  return {{"name", config->name},
          {"state", to_string(summary)},
          {"every", config->every ? json::value(format_duration(*config->every)) : json::value(nullptr)},
          {"grace", format_duration(config->grace)},
          {"last", shown(state->last)},
          {"due", shown(due)},
          {"missingAt", shown(missing_at)},
          {"missingSince", shown(state->missing_since)},
          {"failedSince", shown(state->failed_since)},
          {"message", state->message}};
}

json::object shown(const Heartbeats::Outgoing& heartbeat) {
  return {{"receiver", heartbeat.config->receiver},
          {"every", format_duration(heartbeat.config->every)},
          {"next", format_time(heartbeat.next)},
          {"withheld", heartbeat.withheld}};
}

std::optional<unsigned> exit_status(std::string_view text) {
  unsigned status = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), status);
  if (error != std::errc() || end != text.data() + text.size() || status > 255) return std::nullopt;
  return status;
}

}  // namespace

std::expected<ReceivedHeartbeat, ApiReply> read_heartbeat(std::string_view path, std::string text) {
  const auto slash = path.find('/');
  ReceivedHeartbeat received{.name = std::string(path.substr(0, slash)), .beat = {.message = std::move(text)}};
  if (slash == std::string_view::npos) return received;
  const auto outcome = path.substr(slash + 1);
  const auto status = exit_status(outcome);
  if (outcome != "fail" && !status)
    return std::unexpected(
        api_error(404, "not_found", "expected /api/v1/heartbeat/NAME, NAME/fail, or NAME/ and an exit status"));
  received.beat.failed = status.value_or(1) != 0;
  if (received.beat.failed && status && received.beat.message.empty())
    received.beat.message = fmt::format("exit status {}", *status);
  return received;
}

ApiReply answer_heartbeat(const Result<void>& received, const Heartbeats& heartbeats, std::string_view name,
                          Timestamp now) {
  if (!received)
    return api_error(404, "not_found", received.error().message + ": it is named in heartbeats.incoming or not at all");
  for (const auto& heartbeat : heartbeats.incoming(now))
    if (heartbeat.config->name == name) return api_success(shown(heartbeat));
  return api_success(json::object());  // a reload has taken it away meanwhile
}

ApiReply answer_heartbeats(const Heartbeats& heartbeats, Timestamp now) {
  json::array incoming;
  for (const auto& heartbeat : heartbeats.incoming(now)) incoming.push_back(shown(heartbeat));
  json::array outgoing;
  for (const auto& heartbeat : heartbeats.outgoing(now)) outgoing.push_back(shown(heartbeat));
  return api_success(json::object{{"incoming", std::move(incoming)}, {"outgoing", std::move(outgoing)}});
}

}  // namespace a2od
