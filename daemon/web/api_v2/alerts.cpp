#include "daemon/web/api_v2/alerts.hpp"

#include "config/utf8.hpp"
#include "daemon/web/api_v2/request.hpp"
#include "daemon/web/json_text.hpp"

#include <boost/json/array.hpp>
#include <boost/json/monotonic_resource.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>
#include <expected>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace a2od {

namespace json = boost::json;

namespace {

using api_v2::bad_request;
using api_v2::Read;
using api_v2::read_flag;
using api_v2::read_matchers;
using api_v2::read_texts;
using api_v2::read_time;
using api_v2::reply;

constexpr std::size_t kMostPosted = 10'000;

/// What a request asks for.
struct Wanted {
  std::vector<Matcher> matchers;
  std::vector<Matcher> receiver_matchers;
  std::shared_ptr<const RE2> receiver;
  bool active = true;
  bool silenced = true;
  bool inhibited = true;
  bool muted = true;
};

Read<Wanted> read_wanted(const Parameters& parameters) {
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
  bool unprocessed = true;  // there are none
  for (const auto& [name, flag] : {std::pair{"active", &wanted.active},
                                   {"silenced", &wanted.silenced},
                                   {"inhibited", &wanted.inhibited},
                                   {"muted", &wanted.muted},
                                   {"unprocessed", &unprocessed}}) {
    const auto given = read_flag(parameters, name, *flag);
    if (!given) return std::unexpected(given.error());
    *flag = *given;
  }
  return wanted;
}

using Alert = DispatcherView::Alert;

/// Written as text at once: there may be tens of thousands.
void append_list(std::string& out, const auto& texts) {
  out += '[';
  for (std::string_view separator; const std::string_view text : texts) {
    out += separator;
    append_json(out, text);
    separator = ",";
  }
  out += ']';
}

void append_pairs(std::string& out, const auto& pairs) {
  out += '{';
  for (std::string_view separator; const auto& [name, value] : pairs) {
    out += separator;
    append_json(out, name);
    out += ':';
    append_json(out, value);
    separator = ",";
  }
  out += '}';
}

/// `muted_by`: names of time intervals, of an alert in a group.
void append_alert(std::string& out, const Alert& shown, std::span<const std::string> muted_by) {
  const auto& [alert, ends_at, receivers, suppression] = shown;
  const bool suppressed = suppression.any() || !muted_by.empty();
  out += R"({"annotations":)";
  append_pairs(out, alert->annotations);
  out += R"(,"endsAt":")" + format_time(ends_at);
  out += R"(","fingerprint":")" + alert->fingerprint;
  out += R"(","receivers":[)";
  for (std::string_view separator; const auto receiver : receivers) {
    out += separator;
    out += R"({"name":)";
    append_json(out, receiver);
    out += '}';
    separator = ",";
  }
  out += R"(],"startsAt":")" + format_time(alert->starts_at);
  out += R"(","status":{"inhibitedBy":)";
  append_list(out, suppression.inhibited_by);
  out += R"(,"mutedBy":)";
  append_list(out, muted_by);
  out += R"(,"silencedBy":)";
  append_list(out, suppression.silenced_by);
  out += suppressed ? R"(,"state":"suppressed"},"updatedAt":")" : R"(,"state":"active"},"updatedAt":")";
  out += format_time(alert->updated_at);
  out += R"(","generatorURL":)";
  append_json(out, alert->generator_url);
  out += R"(,"labels":)";
  append_pairs(out, alert->labels.pairs());
  out += '}';
}

bool is_wanted(const Alert& shown, const Wanted& wanted, Timestamp now) {
  const auto& [alert, ends_at, receivers, suppression] = shown;
  if (ends_at <= now || !matches_all(wanted.matchers, alert->labels)) return false;
  if (!wanted.active && !suppression.any()) return false;
  if (!wanted.silenced && !suppression.silenced_by.empty()) return false;
  return wanted.inhibited || suppression.inhibited_by.empty();
}

/// Its name is one of them.
std::map<std::string, std::string> labels_of(std::string_view receiver, std::span<const ReceiverConfig> receivers) {
  const auto found = std::ranges::find(receivers, receiver, &ReceiverConfig::name);
  auto labels = found == receivers.end() ? std::map<std::string, std::string>() : found->labels;
  labels.emplace("name", receiver);
  return labels;
}

bool is_wanted(std::string_view receiver, std::span<const ReceiverConfig> receivers, const Wanted& wanted) {
  if (wanted.receiver && !RE2::FullMatch(re2::StringPiece(receiver.data(), receiver.size()), *wanted.receiver))
    return false;
  if (wanted.receiver_matchers.empty()) return true;
  const auto labels = labels_of(receiver, receivers);
  return matches_all(wanted.receiver_matchers, Labels::from(std::vector<Labels::Pair>(labels.begin(), labels.end())));
}

Read<AlertNotice> read_alert(const json::value& value, Milliseconds resolve_timeout, Timestamp now) {
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

ApiReply answer_v2_alerts(const DispatcherView& view, const Parameters& parameters, Timestamp now) {
  constexpr std::size_t kUsualSize = 768;
  const auto wanted = read_wanted(parameters);
  if (!wanted) return wanted.error();
  std::string list = "[";
  list.reserve(view.alerts.size() * kUsualSize);
  for (const auto& alert : view.alerts) {
    const bool received = std::ranges::any_of(
        alert.receivers, [&](std::string_view name) { return is_wanted(name, view.receivers, *wanted); });
    if (!received || !is_wanted(alert, *wanted, now)) continue;
    if (list.size() > 1) list += ',';
    append_alert(list, alert, {});
  }
  list += ']';
  return {200, std::move(list)};
}

ApiReply answer_v2_alert_groups(const DispatcherView& view, const Parameters& parameters, Timestamp now) {
  const auto wanted = read_wanted(parameters);
  if (!wanted) return wanted.error();
  std::vector<const DispatcherView::Group*> groups;
  for (const auto& group : view.groups)
    if (is_wanted(group.receiver, view.receivers, *wanted) && (wanted->muted || group.muted_by.empty()))
      groups.push_back(&group);
  std::ranges::sort(groups, {}, [](const auto* group) { return std::tie(group->labels, group->receiver, group->id); });
  std::string list = "[";
  for (const auto* group : groups) {
    std::string alerts;
    for (const auto& id : group->alerts) {
      const auto* alert = view.find(id);
      if (alert == nullptr || !is_wanted(*alert, *wanted, now)) continue;
      if (!alerts.empty()) alerts += ',';
      append_alert(alerts, *alert, group->muted_by);
    }
    if (alerts.empty()) continue;
    if (list.size() > 1) list += ',';
    list += R"({"alerts":[)" + alerts + R"(],"labels":)";
    append_pairs(list, group->labels.pairs());
    list += R"(,"routeLabels":)";
    append_pairs(list, group->route_labels);
    list += R"(,"receiver":{"name":)";
    append_json(list, group->receiver);
    list += "}}";
  }
  return {200, list + "]"};
}

ApiReply answer_v2_receivers(std::span<const ReceiverConfig> receivers) {
  std::string list = "[";
  for (const auto& receiver : receivers) {
    if (list.size() > 1) list += ',';
    list += R"({"name":)";
    append_json(list, receiver.name);
    list += R"(,"labels":)";
    append_pairs(list, labels_of(receiver.name, receivers));
    list += '}';
  }
  return {200, list + "]"};
}

ApiReply answer_v2_status(const ServerStatus& status) {
  return reply(json::object{
      {"cluster", json::object{{"status", "disabled"}, {"peers", json::array()}}},
      {"versionInfo", json::object{{"version", status.version},
                                   {"revision", ""},
                                   {"branch", ""},
                                   {"buildUser", ""},
                                   {"buildDate", ""},
                                   {"goVersion", ""}}},
      {"config", json::object{{"original", status.for_alertmanager}}},
      {"uptime", format_time(status.started)},
  });
}

PostedAlerts read_posted_alerts(std::string_view body, Milliseconds resolve_timeout, Timestamp now) {
  boost::system::error_code error;
  json::monotonic_resource memory;  // all of it goes at once
  const auto document = json::parse(body, error, &memory);
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
