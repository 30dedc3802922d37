#include "config/schema/checks.hpp"
#include "config/schema/table.hpp"
#include "config/schema/values.hpp"
#include "config/sections/sections.hpp"

#include <algorithm>

namespace a2od::schema {
namespace {

constexpr std::size_t kMostTimes = 1440;

/// What may stand in an address as it is.
bool is_heartbeat_name(std::string_view text) {
  return !text.empty() && text.size() <= 128 && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
           c == '.';
  });
}

Result<int> parse_time_of_day(std::string_view text) {
  if (text == "24:00") return failure("'24:00' is the end of the day, which is 00:00 of the next");
  return parse_minute_of_day(text);
}

void check_schedule(Reader& reader, const Node& node, const Schedule& schedule) {
  if (schedule.times.size() > kMostTimes) return reader.problem(node.position(), "over 1440 times a day");
  if (!schedule.times.empty() && reader.problems().empty() && !schedule.next_after(Timestamp()))
    reader.problem(node.position(), "there is no such day");
}

Type<Schedule> schedule() {
  return section<Schedule>({
      .keys = {key("times", &Schedule::times,
                   list_of(parsed("a time of day such as 02:30", parse_time_of_day), Emptiness::refused),
                   "when it is due on these days", Presence::required),
               key("weekdays", &Schedule::weekdays,
                   list_of(parsed("a weekday or a range such as monday:friday", parse_weekdays)), "days of the week"),
               key("days_of_month", &Schedule::days_of_month,
                   list_of(parsed("a day or a range such as 1:5 or -3:-1", parse_days_of_month)),
                   "days of the month; negative ones count from its end"),
               key("months", &Schedule::months,
                   list_of(parsed("a month or a range such as january:march", parse_months)), "months"),
               key("location", &Schedule::location, text("a time zone such as Europe/Berlin", is_location),
                   "where the clock is read; UTC if it is not given")},
      .check = check_schedule,
  });
}

void check_label(Reader& reader, const Node::Entry& entry) {
  if (!is_label_name(entry.key))
    reader.problem(entry.position, "found " + quote(entry.key) + ", expected a label name");
  else if (entry.key == "alertname" || entry.key == "heartbeat")
    reader.problem(entry.position, quote(entry.key) + " is given by a2od");
}

void check_incoming(Reader& reader, const Node& node, const IncomingHeartbeat&) {
  const bool every = node.find("every") != nullptr;
  const bool schedule = node.find("schedule") != nullptr;
  if (every == schedule)
    reader.problem(node.position(), every ? "found every and schedule, expected one of them"
                                          : "expected every, such as every: 1h, or a schedule");
}

Type<IncomingHeartbeat> incoming() {
  using Heartbeat = IncomingHeartbeat;
  return section<Heartbeat>({
      .keys = {key("name", &Heartbeat::name,
                   text("a name of letters, digits, '-', '_' and '.', 128 at most", is_heartbeat_name),
                   "where it comes to: /api/v1/heartbeat/NAME", Presence::required),
               key("every", &Heartbeat::every, duration(1s), "so long after one the next is due"),
               key("schedule", &Heartbeat::schedule, schedule(), "in place of every: when it is due on the calendar"),
               key("grace", &Heartbeat::grace, duration(), "so much later than it is due, it is missing"),
               key("labels", &Heartbeat::labels,
                   map_of(text("text of 1 to 128 bytes without control characters", is_label_value), check_label),
                   "of its alerts HeartbeatMissing and HeartbeatFailed, for routes"),
               key("annotations", &Heartbeat::annotations, map_of(text()), "beside ours, or in their place")},
      .check = check_incoming,
  });
}

Type<OutgoingHeartbeat> outgoing() {
  using Heartbeat = OutgoingHeartbeat;
  return section<Heartbeat>({
      .keys = {key("receiver", &Heartbeat::receiver, text("the name of a receiver", is_not_empty),
                   "who notices when it stays away; best one of its own", Presence::required),
               key("every", &Heartbeat::every, duration(1s), "how often it is sent")},
  });
}

}  // namespace

Type<HeartbeatsConfig> heartbeats() {
  return section<HeartbeatsConfig>({
      .keys = {key("incoming", &HeartbeatsConfig::incoming, unique_list_of("name", incoming()),
                   "signs of life that must come; an alert fires while one stays away"),
               key("outgoing", &HeartbeatsConfig::outgoing, unique_list_of("receiver", outgoing()),
                   "signs of life of a2od's own, which nothing silences, groups or holds")},
  });
}

void check_heartbeats(Reader& reader, const Node& root) {
  const auto* heartbeats = root.find("heartbeats");
  const auto* list = heartbeats == nullptr ? nullptr : heartbeats->find("outgoing");
  if (list == nullptr) return;
  const auto receivers = names_in(root.find("receivers"));
  const Reader::Step in_section(reader, "heartbeats");
  const Reader::Step in_list(reader, "outgoing");
  for (std::size_t i = 0; i < list->items().size(); ++i) {
    const auto* receiver = list->items()[i].find("receiver");
    if (receiver == nullptr) continue;
    const Reader::Step in_item(reader, i);
    const Reader::Step in_receiver(reader, "receiver");
    check_name(reader, *receiver, "receiver", receivers);
  }
}

}  // namespace a2od::schema
