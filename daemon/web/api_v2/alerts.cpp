#include "daemon/web/api_v2/alerts.hpp"

#include "config/utf8.hpp"
#include "daemon/notify/matchers.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace a2od {

namespace json = boost::json;

namespace {

constexpr std::size_t kMostPosted = 10'000;

ApiReply reply(const json::value& value) { return {200, json::serialize(value)}; }

/// As Alertmanager words faults: a JSON text.
ApiReply bad_request(std::string_view message) { return {400, json::serialize(json::string(valid_utf8(message)))}; }

/// What a request asks for.
struct Wanted {
  std::vector<Matcher> matchers;
  std::vector<Matcher> receiver_matchers;
  std::shared_ptr<const RE2> receiver;
  bool active = true;
};

std::expected<std::vector<Matcher>, ApiReply> read_matchers(const Parameters& parameters, std::string_view name) {
  std::vector<Matcher> matchers;
  for (const auto& text : find_all(parameters, name)) {
    auto matcher = parse_matcher(text, MatcherSyntax::fallback);
    if (!matcher) return std::unexpected(bad_request(matcher.error().message));
    matchers.push_back(std::move(*matcher));
  }
  return matchers;
}

std::expected<Wanted, ApiReply> read_wanted(const Parameters& parameters) {
  Wanted wanted;
  auto filter = read_matchers(parameters, "filter");
  if (!filter) return std::unexpected(std::move(filter.error()));
  wanted.matchers = std::move(*filter);
  auto of_receivers = read_matchers(parameters, "receiver_matchers");
  if (!of_receivers) return std::unexpected(std::move(of_receivers.error()));
  wanted.receiver_matchers = std::move(*of_receivers);
  if (const auto receiver = find(parameters, "receiver")) {
    RE2::Options options;
    options.set_log_errors(false);
    wanted.receiver = std::make_shared<const RE2>(*receiver, options);
    if (!wanted.receiver->ok()) return std::unexpected(bad_request("failed to parse receiver param: " + *receiver));
  }
  for (const auto* name : {"active", "silenced", "inhibited", "unprocessed", "muted"}) {
    const auto text = find(parameters, name);
    if (text && *text != "true" && *text != "false")
      return std::unexpected(bad_request(fmt::format("{} must be true or false", name)));
    if (text && std::string_view(name) == "active") wanted.active = *text == "true";
  }
  return wanted;
}

json::object text_map(const std::map<std::string, std::string>& texts) {
  json::object object;
  for (const auto& [name, value] : texts) object[name] = value;
  return object;
}

json::array receiver_list(const RouteConfig& route) {
  json::array list;
  if (!route.receiver.empty()) list.push_back(json::object{{"name", route.receiver}});
  return list;
}

json::object shown(const RoutedAlert& alert, const RouteConfig& route) {
  return {{"annotations", text_map(alert.annotations)},
          {"endsAt", format_time(alert.ends_at)},
          {"fingerprint", alert.fingerprint},
          {"receivers", receiver_list(route)},
          {"startsAt", format_time(alert.starts_at)},
          {"status", json::object{{"state", "active"},
                                  {"silencedBy", json::array()},
                                  {"inhibitedBy", json::array()},
                                  {"mutedBy", json::array()}}},
          {"updatedAt", format_time(alert.updated_at)},
          {"generatorURL", alert.generator_url},
          {"labels", label_object(alert.labels)}};
}

/// By fingerprint.
std::vector<const RoutedAlert*> selected(const Dispatched& dispatched, const Wanted& wanted, Timestamp now) {
  std::vector<const RoutedAlert*> found;
  const bool routed = (!wanted.receiver || RE2::FullMatch(dispatched.route.receiver, *wanted.receiver)) &&
                      matches_all(wanted.receiver_matchers, Labels());
  if (!wanted.active || !routed) return found;
  for (const auto& alert : dispatched.state.alerts)
    if (alert.ends_at > now && matches_all(wanted.matchers, alert.labels)) found.push_back(&alert);
  std::ranges::sort(found, {}, &RoutedAlert::fingerprint);
  return found;
}

/// RFC 3339 with any offset, as senders in other languages write it, in years that it can write.
std::optional<Timestamp> time_of(const json::value& value) {
  if (!value.is_string()) return std::nullopt;
  std::string text(value.as_string());
  static const RE2 form(R"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(Z|[+-]\d\d:\d\d))");
  std::string zone;
  if (!RE2::FullMatch(text, form, &zone)) return std::nullopt;
  Milliseconds offset{0};
  if (zone != "Z") {
    const auto digits = [&](std::size_t at) { return (zone[at] - '0') * 10 + (zone[at + 1] - '0'); };
    if (digits(1) > 23 || digits(4) > 59) return std::nullopt;
    offset = std::chrono::hours(digits(1)) + std::chrono::minutes(digits(4));
    if (zone.front() == '-') offset = -offset;
    text.replace(text.size() - zone.size(), zone.size(), "Z");
  }
  const auto local = parse_time(text);
  constexpr auto kEnd = std::chrono::sys_days(std::chrono::year(10'000) / 1 / 1);
  return local && *local - offset < kEnd ? std::optional(*local - offset) : std::nullopt;
}

/// A time that is not given or is Go's zero is no time.
std::expected<std::optional<Timestamp>, ApiReply> read_time(const json::object& alert, std::string_view key) {
  const auto* value = alert.if_contains(key);
  if (value == nullptr || value->is_null()) return std::nullopt;
  const auto time = time_of(*value);
  if (!time) return std::unexpected(bad_request(fmt::format("{} must be a time such as 2026-01-31T08:00:00Z", key)));
  return *time <= Timestamp{} ? std::nullopt : std::optional(*time);
}

std::expected<std::map<std::string, std::string>, ApiReply> read_texts(const json::object& alert,
                                                                       std::string_view key) {
  std::map<std::string, std::string> texts;
  const auto* given = alert.if_contains(key);
  if (given == nullptr || given->is_null()) return texts;
  if (!given->is_object()) return std::unexpected(bad_request(fmt::format("{} must be an object", key)));
  for (const auto& [name, value] : given->as_object()) {
    if (!value.is_string())
      return std::unexpected(bad_request(fmt::format("{}.{} must be a text", key, std::string_view(name))));
    const std::string_view text = value.as_string();
    if (name.empty() || !is_valid_utf8(name) || !is_valid_utf8(text))
      return std::unexpected(bad_request(fmt::format("invalid {} \"{}\"", key, std::string_view(name))));
    texts.emplace(name, text);
  }
  return texts;
}

std::expected<AlertNotice, ApiReply> read_alert(const json::value& value, Milliseconds resolve_timeout, Timestamp now) {
  if (!value.is_object()) return std::unexpected(bad_request("each alert must be an object"));
  const auto& alert = value.as_object();
  auto labels = read_texts(alert, "labels");
  if (!labels) return std::unexpected(std::move(labels.error()));
  std::erase_if(*labels, [](const auto& label) { return label.second.empty(); });
  if (labels->empty()) return std::unexpected(bad_request("at least one label pair required"));
  auto annotations = read_texts(alert, "annotations");
  if (!annotations) return std::unexpected(std::move(annotations.error()));
  const auto starts = read_time(alert, "startsAt");
  if (!starts) return std::unexpected(starts.error());
  const auto ends = read_time(alert, "endsAt");
  if (!ends) return std::unexpected(ends.error());
  const auto starts_at = starts->value_or(ends->has_value() && **ends < now ? **ends : now);
  if (ends->value_or(now + resolve_timeout) < starts_at)
    return std::unexpected(bad_request("start time must be before end time"));
  std::vector<Labels::Pair> pairs(labels->begin(), labels->end());
  AlertNotice notice{.labels = Labels::from(std::move(pairs)),
                     .annotations = std::move(*annotations),
                     .starts_at = starts_at,
                     .ends_at = ends->value_or(Timestamp{}),
                     .generator_url = {},
                     .value = 0};
  const auto* url = alert.if_contains("generatorURL");
  if (url != nullptr && url->is_string()) notice.generator_url = url->as_string();
  return notice;
}

}  // namespace

ApiReply answer_v2_alerts(const Dispatched& dispatched, const Parameters& parameters, Timestamp now) {
  const auto wanted = read_wanted(parameters);
  if (!wanted) return wanted.error();
  json::array list;
  for (const auto* alert : selected(dispatched, *wanted, now)) list.push_back(shown(*alert, dispatched.route));
  return reply(list);
}

ApiReply answer_v2_alert_groups(const Dispatched& dispatched, const Parameters& parameters, Timestamp now) {
  const auto wanted = read_wanted(parameters);
  if (!wanted) return wanted.error();
  std::map<Labels, json::array> groups;
  for (const auto* alert : selected(dispatched, *wanted, now))
    groups[group_labels(alert->labels, dispatched.route.group_by)].push_back(shown(*alert, dispatched.route));
  json::array list;
  for (auto& [labels, alerts] : groups)
    list.push_back(json::object{{"alerts", std::move(alerts)},
                                {"labels", label_object(labels)},
                                {"routeLabels", json::object()},
                                {"receiver", json::object{{"name", dispatched.route.receiver}}}});
  return reply(list);
}

ApiReply answer_v2_receivers(const Dispatched& dispatched) {
  json::array list;
  for (const auto& receiver : dispatched.receivers)
    list.push_back(json::object{{"name", receiver.name}, {"labels", json::object()}});
  return reply(list);
}

ApiReply answer_v2_silences() { return reply(json::array()); }

ApiReply answer_v2_status(const ServerStatus& status) {
  return reply(json::object{
      {"cluster", json::object{{"status", "disabled"}, {"peers", json::array()}}},
      {"versionInfo", json::object{{"version", status.version},
                                   {"revision", ""},
                                   {"branch", ""},
                                   {"buildUser", ""},
                                   {"buildDate", ""},
                                   {"goVersion", ""}}},
      {"config", json::object{{"original", status.configuration}}},
      {"uptime", format_time(status.started)},
  });
}

PostedAlerts read_posted_alerts(std::string_view body, Milliseconds resolve_timeout, Timestamp now) {
  boost::system::error_code error;
  const auto document = json::parse(body, error);
  if (error || !document.is_array()) return {{}, bad_request("expected a list of alerts in JSON")};
  if (document.as_array().size() > kMostPosted)
    return {{}, bad_request(fmt::format("over {} alerts at once", kMostPosted))};
  PostedAlerts posted{{}, {200, ""}};
  for (const auto& value : document.as_array()) {
    auto alert = read_alert(value, resolve_timeout, now);
    alert ? posted.alerts.push_back(std::move(*alert)) : void(posted.reply = std::move(alert.error()));
  }
  return posted;
}

}  // namespace a2od
