// Routes, inhibition and time intervals: Alertmanager's keys and meaning.
#include "config/matchers.hpp"
#include "config/schema/checks.hpp"
#include "config/schema/table.hpp"
#include "config/schema/values.hpp"
#include "config/sections/sections.hpp"

#include <algorithm>
#include <iterator>
#include <span>

namespace a2od::schema {
namespace {

void check_group_by(Reader& reader, const Node& node, const RouteConfig& route) {
  const auto* list = node.find("group_by");
  if (list == nullptr || list->kind() != Node::Kind::sequence) return;
  const Reader::Step step(reader, "group_by");
  if (route.group_by.size() > 1 && std::ranges::find(route.group_by, "...") != route.group_by.end()) {
    reader.problem(list->position(), "found '...' beside other labels, expected it alone: it means all labels");
  }
  for (auto item = list->items().begin(); item != list->items().end(); ++item) {
    const bool repeated =
        std::any_of(list->items().begin(), item, [&](const Node& before) { return before.text() == item->text(); });
    if (repeated) reader.problem(item->position(), "found " + describe(*item) + " twice, expected it once");
  }
}

void append(Reader& reader, const Node& node, std::vector<Matcher>& matchers, Result<std::vector<Matcher>> read) {
  if (!read) return reader.problem(node.position(), read.error().message);
  matchers.insert(matchers.end(), std::make_move_iterator(read->begin()), std::make_move_iterator(read->end()));
}

/// A list of texts, each with one or more matchers; they join those that are there.
Type<std::vector<Matcher>> matcher_list() {
  const std::string name = R"(a list of matchers such as severity=~"page|ticket")";
  return {.name = name,
          .read =
              [name](Reader& reader, const Node& node, std::vector<Matcher>& matchers) {
                if (node.kind() == Node::Kind::null) return;
                if (node.kind() != Node::Kind::sequence) return reader.unexpected_kind(node, name);
                for (std::size_t i = 0; i < node.items().size(); ++i) {
                  const Reader::Step step(reader, i);
                  const auto& item = node.items()[i];
                  if (item.kind() != Node::Kind::scalar) {
                    reader.unexpected_kind(item, "a matcher");
                    continue;
                  }
                  append(reader, item, matchers, parse_matchers(item.text(), MatcherSyntax::fallback));
                }
              },
          .schema = [] { return or_nothing(list_schema(any_scalar(), true)); }};
}

/// In UTF-8, as a whole document is.
void check_label_name(Reader& reader, const Node::Entry& entry) {
  if (entry.key.empty()) reader.problem(entry.position, "found an empty label name, expected one such as tenant");
}

/// `match` and `match_re`: labels and what their values must be; they join those that are there.
Type<std::vector<Matcher>> matcher_map(MatchType type, std::string_view value) {
  const std::string name = "a mapping, each value " + std::string(value);
  return {.name = name,
          .read =
              [name, type](Reader& reader, const Node& node, std::vector<Matcher>& matchers) {
                if (node.kind() == Node::Kind::null) return;
                if (node.kind() != Node::Kind::mapping) return reader.unexpected_kind(node, name);
                for (const auto& entry : node.entries()) {
                  const Reader::Step step(reader, entry.key);
                  check_label_name(reader, entry);
                  const bool is_text = entry.value.kind() == Node::Kind::scalar;
                  const bool is_empty = entry.value.kind() == Node::Kind::null && type == MatchType::equal;
                  if (!is_text && !is_empty) {
                    reader.unexpected_kind(entry.value, "text");
                    continue;
                  }
                  auto matcher = Matcher::make(type, entry.key, entry.value.text(), Dot::one_line);
                  // Written out as in Alertmanager's group keys, which it is part of.
                  if (matcher && type == MatchType::regex)
                    matcher = Matcher::make(type, entry.key, "^(?:" + entry.value.text() + ")$", Dot::one_line);
                  if (matcher)
                    matchers.push_back(std::move(*matcher));
                  else
                    reader.problem(entry.value.position(), matcher.error().message);
                }
              },
          .schema = [] { return map_schema(or_nothing(any_scalar())); }};
}

Type<EscalationStep> escalation_step() {
  return section<EscalationStep>({
      .keys = {key("after", &EscalationStep::after, duration(1ms),
                   "how long after an alert was told without being acknowledged", Presence::required),
               key("receiver", &EscalationStep::receiver, text("the name of a receiver"), "who is told then, too",
                   Presence::required)},
  });
}

/// Each step later than the one before, and to somebody else.
void check_escalation(Reader& reader, const Node& node, const RouteConfig& route) {
  const auto* list = node.find("escalate");
  if (list == nullptr || list->kind() != Node::Kind::sequence) return;
  const Reader::Step in_list(reader, "escalate");
  const auto& steps = route.escalate;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const Reader::Step in_step(reader, i);
    const auto same = [&](const EscalationStep& before) { return before.receiver == steps[i].receiver; };
    if (i > 0 && steps[i].after != Milliseconds(0) && steps[i].after <= steps[i - 1].after)
      reader.problem(list->items()[i].position(), "expected a longer time than that of the step before");
    if (std::ranges::any_of(std::span(steps).first(i), same))
      reader.problem(list->items()[i].position(), "found the receiver of a step before, which is told already");
    if (!steps[i].receiver.empty() && steps[i].receiver == route.receiver)
      reader.problem(list->items()[i].position(), "found the route's own receiver, which is told already");
  }
}

Type<std::vector<std::string>> interval_names() { return list_of(text("the name of a time interval", is_not_empty)); }

void check_route(Reader& reader, const Node& node, const RouteConfig& route) {
  check_group_by(reader, node, route);
  check_escalation(reader, node, route);
}

/// Routes are within routes: the schema names itself.
std::string routes_schema() { return or_nothing(list_schema(R"({"$ref":"#/properties/route"})", true)); }

/// A route without those below it, which read_route() adds.
Table<RouteConfig> route_table() {
  return {
      .keys = {key("receiver", &RouteConfig::receiver, text("the name of a receiver"), "who is told"),
               key("group_by", &RouteConfig::group_by, list_of(text("a label name, or '...' for all", is_not_empty)),
                   "alerts equal in these labels share a message"),
               key("group_wait", &RouteConfig::group_wait, duration(), "before the first message of a group"),
               key("group_interval", &RouteConfig::group_interval, duration(1ms),
                   "before a message about new alerts of a group"),
               key("repeat_interval", &RouteConfig::repeat_interval, duration(1ms),
                   "before a message is sent again unchanged"),
               key("matchers", &RouteConfig::matchers, matcher_list(), "which alerts take this route: all must match"),
               key("match", &RouteConfig::matchers, matcher_map(MatchType::equal, "text"),
                   "the older form of matchers: labels and their values"),
               key("match_re", &RouteConfig::matchers, matcher_map(MatchType::regex, "a regular expression"),
                   "the same with regular expressions for whole values"),
               key("labels", &RouteConfig::labels, map_of(text(), check_label_name),
                   "templates, for those of messages: {{ routeLabels \"team\" }}; inherited unless given"),
               key("escalate", &RouteConfig::escalate, list_of(escalation_step()),
                   "who is told as well of what nobody acknowledges; inherited unless given"),
               key("continue", &RouteConfig::continues, boolean(), "whether the routes behind it are tried as well"),
               key("mute_time_intervals", &RouteConfig::mute_time_intervals, interval_names(), "when nothing is told"),
               key("active_time_intervals", &RouteConfig::active_time_intervals, interval_names(),
                   "outside of which nothing is told"),
               key("routes",
                   Type<RouteConfig>{
                       .name = "a list, each entry a route", .read = [](auto&&...) {}, .schema = routes_schema},
                   "tried in their order: the first that matches is taken in place of this one")},
      .check = check_route,
  };
}

RouteConfig below(const RouteConfig& parent) {
  return {.receiver = parent.receiver,
          .group_by = parent.group_by,
          .group_wait = parent.group_wait,
          .group_interval = parent.group_interval,
          .repeat_interval = parent.repeat_interval,
          .escalate = parent.escalate,
          .labels = parent.labels};
}

/// No deeper than documents are.
void read_route(Reader& reader, const Table<RouteConfig>& table, const Node& node, RouteConfig& route) {
  const auto inherited = route;
  if (node.find("labels") != nullptr) route.labels.clear();
  read_section(reader, table, node, route);
  if (route.receiver.empty()) route.receiver = inherited.receiver;
  if (route.group_by.empty()) route.group_by = inherited.group_by;
  const auto* routes = node.find("routes");
  if (routes == nullptr || routes->kind() == Node::Kind::null) return;
  const Reader::Step step(reader, "routes");
  if (routes->kind() != Node::Kind::sequence) return reader.unexpected_kind(*routes, table.find("routes")->type);
  for (std::size_t i = 0; i < routes->items().size(); ++i) {
    const Reader::Step in_route(reader, i);
    read_route(reader, table, routes->items()[i], route.routes.emplace_back(below(route)));
  }
}

/// The topmost route takes every alert at all times.
void check_topmost(Reader& reader, const Node& node, const RouteConfig& route) {
  if (node.kind() == Node::Kind::mapping && route.receiver.empty()) {
    const Reader::Step step(reader, "receiver");
    reader.problem(node.position(), "missing, expected the name of a receiver");
  }
  for (const std::string_view name :
       {"matchers", "match", "match_re", "continue", "mute_time_intervals", "active_time_intervals"}) {
    const auto* value = node.find(name);
    if (value == nullptr || (value->items().empty() && value->entries().empty() && value->text() != "true")) continue;
    reader.problem(
        value->position(),
        quote(name) + " is not for the topmost route, which takes every alert: put it into one of its routes");
  }
}

Type<InhibitRuleConfig> inhibit_rule() {
  return section<InhibitRuleConfig>({
      .keys = {key("name", &InhibitRuleConfig::name, text("text", is_label_value), "shown where it inhibits"),
               key("source_matchers", &InhibitRuleConfig::source, matcher_list(), "the alerts that inhibit others"),
               key("source_match", &InhibitRuleConfig::source, matcher_map(MatchType::equal, "text"),
                   "the older form of source_matchers"),
               key("source_match_re", &InhibitRuleConfig::source, matcher_map(MatchType::regex, "a regular expression"),
                   "the same with regular expressions"),
               key("target_matchers", &InhibitRuleConfig::target, matcher_list(), "the alerts that are inhibited"),
               key("target_match", &InhibitRuleConfig::target, matcher_map(MatchType::equal, "text"),
                   "the older form of target_matchers"),
               key("target_match_re", &InhibitRuleConfig::target, matcher_map(MatchType::regex, "a regular expression"),
                   "the same with regular expressions"),
               key("equal", &InhibitRuleConfig::equal, list_of(text("a label name", is_not_empty)),
                   "labels whose values must be the same in both")},
      .refused = {{"sources", "write a rule with source_matchers for each of them"}},
  });
}

void check_minutes(Reader& reader, const Node& node, const MinuteRange& range) {
  const bool both = node.find("start_time") != nullptr && node.find("end_time") != nullptr;
  if (both && range.begin >= range.end)
    reader.problem(node.position(),
                   "the start must be before the end; a night is two ranges, one to 24:00 and one from 00:00");
}

Type<MinuteRange> minutes() {
  const std::string form = "a time of day such as 09:30";
  return section<MinuteRange>({
      .keys = {key("start_time", &MinuteRange::begin, parsed(form, parse_minute_of_day), "when it begins",
                   Presence::required),
               key("end_time", &MinuteRange::end, parsed(form, parse_minute_of_day), "when it is over",
                   Presence::required)},
      .check = check_minutes,
  });
}

Type<TimeInterval> time_interval() {
  return section<TimeInterval>({
      .keys = {key("times", &TimeInterval::times, list_of(minutes()), "parts of the day"),
               key("weekdays", &TimeInterval::weekdays,
                   list_of(parsed("a weekday or a range such as monday:friday", parse_weekdays)), "days of the week"),
               key("days_of_month", &TimeInterval::days_of_month,
                   list_of(parsed("a day or a range such as 1:5 or -3:-1", parse_days_of_month)),
                   "days of the month; negative ones count from its end"),
               key("months", &TimeInterval::months,
                   list_of(parsed("a month or a range such as january:march", parse_months)), "months"),
               key("years", &TimeInterval::years, list_of(parsed("a year or a range such as 2026:2028", parse_years)),
                   "years"),
               key("location", &TimeInterval::location, text("a time zone such as Europe/Berlin", is_location),
                   "where the clock is read; UTC if it is not given")},
  });
}

Type<NamedTimeInterval> named_time_interval() {
  return section<NamedTimeInterval>({
      .keys = {key("name", &NamedTimeInterval::name, text("a name", is_not_empty), "what routes call it",
                   Presence::required),
               key("time_intervals", &NamedTimeInterval::intervals, list_of(time_interval()),
                   "a time that is in one of these is in it", Presence::required)},
  });
}

struct Defined {
  std::vector<std::string_view> receivers;
  std::vector<std::string_view> time_intervals;
};

void check_names_of(Reader& reader, const Node& route, const Defined& defined) {
  if (const auto* receiver = route.find("receiver"); receiver != nullptr && !receiver->text().empty()) {
    const Reader::Step step(reader, "receiver");
    check_name(reader, *receiver, "receiver", defined.receivers);
  }
  if (const auto* steps = route.find("escalate")) {
    const Reader::Step in_steps(reader, "escalate");
    for (std::size_t i = 0; i < steps->items().size(); ++i) {
      const auto* receiver = steps->items()[i].find("receiver");
      if (receiver == nullptr) continue;
      const Reader::Step in_step(reader, i);
      const Reader::Step in_receiver(reader, "receiver");
      check_name(reader, *receiver, "receiver", defined.receivers);
    }
  }
  for (const std::string_view key : {"mute_time_intervals", "active_time_intervals"}) {
    const auto* list = route.find(key);
    if (list == nullptr) continue;
    const Reader::Step step(reader, key);
    for (std::size_t i = 0; i < list->items().size(); ++i) {
      const Reader::Step in_item(reader, i);
      check_name(reader, list->items()[i], "time interval", defined.time_intervals);
    }
  }
  const auto* routes = route.find("routes");
  if (routes == nullptr) return;
  const Reader::Step step(reader, "routes");
  for (std::size_t i = 0; i < routes->items().size(); ++i) {
    const Reader::Step in_route(reader, i);
    check_names_of(reader, routes->items()[i], defined);
  }
}

}  // namespace

Type<RouteConfig> route() {
  const auto table = std::make_shared<const Table<RouteConfig>>(route_table());
  return {.name = "a mapping",
          .read =
              [table](Reader& reader, const Node& node, RouteConfig& route) {
                read_route(reader, *table, node, route);
                check_topmost(reader, node, route);
              },
          .describe = [table](const std::string& path, Reference& out) { describe_section(*table, path, out); },
          .schema = [table] { return section_schema(*table); }};
}

Type<std::vector<InhibitRuleConfig>> inhibit_rules() { return list_of(inhibit_rule()); }

Type<std::vector<NamedTimeInterval>> time_intervals() {
  auto list = list_of(named_time_interval());
  list.read = [read = list.read](Reader& reader, const Node& node, std::vector<NamedTimeInterval>& intervals) {
    auto others = std::exchange(intervals, {});
    read(reader, node, intervals);
    check_unique(reader, node, "name");
    std::ranges::move(others, std::back_inserter(intervals));
  };
  return list;
}

Type<TimeInterval> calendar() { return time_interval(); }

Type<std::vector<Matcher>> matchers() { return matcher_list(); }

void check_routes(Reader& reader, const Node& root) {
  const auto* route = root.find("route");
  const auto* receivers = root.find("receivers");
  if (route == nullptr && receivers != nullptr && !receivers->items().empty()) {
    reader.problem(receivers->position(), "receivers without a route are never told, expected route: {receiver: …}");
  }
  if (route == nullptr) return;
  const Reader::Step step(reader, "route");
  auto intervals = names_in(root.find("time_intervals"));
  for (const auto name : names_in(root.find("mute_time_intervals"))) {
    if (std::ranges::find(intervals, name) != intervals.end())
      reader.problem(root.find("mute_time_intervals")->position(),
                     "time interval " + quote(name) + " stands in time_intervals too, expected it to be unique");
    intervals.push_back(name);
  }
  check_names_of(reader, *route, {names_in(receivers), std::move(intervals)});
}

}  // namespace a2od::schema
