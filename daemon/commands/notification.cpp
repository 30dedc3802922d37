// What is on its way to receivers: alerts, silences and acknowledgements of a daemon, routes of a configuration.
#include "collectors/cloud/json.hpp"
#include "collectors/cloud/url.hpp"
#include "config/duration.hpp"
#include "config/matchers.hpp"
#include "config/text.hpp"
#include "daemon/commands/commands.hpp"
#include "daemon/notify/routes.hpp"
#include "daemon/web/api/reply.hpp"
#include "daemon/web/api_v2/silences.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <map>
#include <set>
#include <utility>

namespace a2od {

namespace json = boost::json;

namespace {

/// Errors of the API are texts in JSON, objects with an `error`, or plain.
std::string fault(const DaemonAnswer& answer) {
  boost::system::error_code error;
  const auto document = json::parse(answer.body, error);
  if (!error && document.is_string()) return std::string(std::string_view(document.as_string()));
  if (!error && cloud::get_string(document, "error")) return std::string(*cloud::get_string(document, "error"));
  return answer.body.empty() ? fmt::format("it answered {}", answer.status) : answer.body;
}

json::value asked(const DaemonAddress& address, std::string_view method, const std::string& path,
                  std::string body = {}) {
  auto answer = ask_daemon(address, method, path, body.empty() ? "" : "application/json", std::move(body));
  if (answer.status != 200) throw CommandFailed(fault(answer));
  return answer.body.empty() ? json::value() : json::parse(answer.body);
}

std::string filter_of(const std::vector<std::string>& texts) {
  std::string query;
  for (const auto& matcher : read_matchers(texts)) query += "&" + cloud::form_field("filter", matcher_text(matcher));
  return query;
}

std::string text_at(const json::value& from, std::string_view key) {
  return std::string(cloud::get_string(from, key).value_or(""));
}

std::string to_seconds(std::string_view time) { return std::string(time.substr(0, 19)) + "Z"; }

/// By fingerprint, who has acknowledged it. An Alertmanager knows of none.
using Owners = std::map<std::string, std::string>;

Owners ask_owners(const DaemonAddress& address) {
  const auto answer = ask_daemon(address, "GET", "/api/v1/acknowledgements");
  Owners owners;
  if (answer.status != 200) return owners;
  const auto document = json::parse(answer.body);
  for (const auto& alert : document.at("data").as_array())
    owners.emplace(text_at(alert, "fingerprint"), text_at(alert, "owner"));
  return owners;
}

/// Fingerprints of what no route tells now: each is muted by a time interval, which only groups say.
std::set<std::string> ask_muted(const DaemonAddress& address, const std::string& filter) {
  std::set<std::string> muted;
  std::set<std::string> told;
  const auto groups = asked(address, "GET", "/api/v2/alerts/groups?active=true" + filter);
  for (const auto& group : groups.as_array())
    for (const auto& alert : group.at("alerts").as_array()) {
      const auto* reasons = cloud::get_array(alert.at("status"), "mutedBy");
      const bool is_muted = reasons != nullptr && !reasons->empty();
      (is_muted ? muted : told).insert(text_at(alert, "fingerprint"));
    }
  for (const auto& fingerprint : told) muted.erase(fingerprint);
  return muted;
}

/// Whatever stands in the way of an alert comes before what became of it.
std::string state_of(const json::value& alert, const std::set<std::string>& muted, const Owners& owners) {
  const auto& status = alert.at("status");
  for (const auto& [key, word] : {std::pair{"silencedBy", "silenced"}, {"inhibitedBy", "inhibited"}}) {
    const auto* reasons = cloud::get_array(status, key);
    if (reasons == nullptr || reasons->empty()) continue;
    const auto& reason = reasons->front();
    const bool is_named = reason.is_string() && reason.as_string().starts_with("maintenance/");
    return is_named ? std::string(std::string_view(reason.as_string())) : word;
  }
  if (muted.contains(text_at(alert, "fingerprint"))) return "muted";
  const auto owner = owners.find(text_at(alert, "fingerprint"));
  if (owner != owners.end()) return "acknowledged by " + owner->second;
  return alert.at("annotations").as_object().contains("flapping") ? "flapping" : text_at(status, "state");
}

std::string labels_text(const json::value& labels) {
  std::vector<std::string> texts;
  for (const auto& [name, value] : labels.as_object())
    texts.push_back(matcher_text(Matcher::equal(name, std::string(std::string_view(value.as_string())))));
  return fmt::format("{{{}}}", fmt::join(texts, ", "));
}

/// Columns as wide as what stands in them.
void print_table(const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::size_t> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  for (const auto& row : rows) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) line += fmt::format("{:<{}}  ", row[i], widths[i]);
    line.erase(line.find_last_not_of(' ') + 1);
    fmt::print("{}\n", line);
  }
}

void print_silences(const json::array& silences) {
  if (silences.empty()) return fmt::print("no silences\n");
  std::vector<std::vector<std::string>> rows{{"ID", "STATE", "ENDS", "BY", "COMMENT", "MATCHERS"}};
  for (const auto& silence : silences)
    rows.push_back({text_at(silence, "id"), text_at(silence.at("status"), "state"),
                    to_seconds(text_at(silence, "endsAt")), text_at(silence, "createdBy"), text_at(silence, "comment"),
                    matchers_text(read_matcher_list(silence.at("matchers")).value())});
  print_table(rows);
}

void print_acknowledgements(const json::array& alerts) {
  if (alerts.empty()) return fmt::print("no acknowledgements\n");
  std::vector<std::vector<std::string>> rows{{"FINGERPRINT", "EXPIRES", "BY", "COMMENT", "LABELS"}};
  for (const auto& alert : alerts)
    rows.push_back({text_at(alert, "fingerprint"), to_seconds(text_at(alert, "expiresAt")), text_at(alert, "owner"),
                    text_at(alert, "comment"), labels_text(alert.at("labels"))});
  print_table(rows);
}

Timestamp start_of(const SilenceQuestion& question) {
  if (question.start.empty()) return std::chrono::floor<Milliseconds>(std::chrono::system_clock::now());
  const auto start = cloud::parse_time(question.start);
  if (!start) throw CommandFailed("--start: expected a time such as 2026-01-31T08:00:00Z");
  return *start;
}

std::string silence_body(const SilenceQuestion& question) {
  const auto length = parse_duration(question.duration);
  if (!length || *length <= Milliseconds{0}) throw CommandFailed("--duration: expected a duration such as 2h");
  const auto start = start_of(question);
  return json::serialize(json::object{{"matchers", matcher_list(read_matchers(question.matchers))},
                                      {"startsAt", format_time(start)},
                                      {"endsAt", format_time(start + *length)},
                                      {"createdBy", question.author.empty() ? user_name() : question.author},
                                      {"comment", question.comment}});
}

std::string acknowledgement_body(const AcknowledgementQuestion& question) {
  json::object body{{"owner", question.author.empty() ? user_name() : question.author},
                    {"comment", question.comment},
                    {"duration", question.duration}};
  if (!question.fingerprint.empty()) body["fingerprint"] = question.fingerprint;
  json::array matchers;
  for (const auto& matcher : read_matchers(question.matchers)) matchers.push_back(json::string(matcher_text(matcher)));
  if (!matchers.empty()) body["matchers"] = std::move(matchers);
  return json::serialize(body);
}

bool matches(const std::vector<Matcher>& matchers, const json::value& alert) {
  std::vector<Labels::Pair> pairs;
  for (const auto& [name, value] : alert.at("labels").as_object())
    pairs.emplace_back(name, std::string_view(value.as_string()));
  return matches_all(matchers, Labels::from(std::move(pairs)));
}

std::string escalation_text(const RouteConfig& route) {
  std::string text;
  for (const auto& [after, receiver] : route.escalate)
    text += fmt::format(", after {} to '{}'", format_duration(after), receiver);
  return text;
}

void print_route(const Routes& routes, const Route& route, const std::string& indent) {
  const auto step = route.key.rfind("/{");
  fmt::print("{}{}  to '{}'{}{}\n", indent, step == std::string::npos ? "all" : route.key.substr(step + 1),
             route.config.receiver, escalation_text(route.config), route.config.continues ? ", goes on" : "");
  for (const auto below : route.below) print_route(routes, routes.all()[below], indent + "  ");
}

Labels labels_of(const std::vector<std::string>& texts) {
  std::vector<Labels::Pair> pairs;
  for (const std::string_view text : texts) {
    const auto equals = text.find('=');
    if (equals == std::string_view::npos || equals == 0)
      throw CommandFailed(fmt::format("'{}': expected a label such as severity=page", text));
    pairs.emplace_back(text.substr(0, equals), text.substr(equals + 1));
  }
  return Labels::from(std::move(pairs));
}

}  // namespace

int show_alerts(const AlertsQuestion& question) {
  return attempt(question.address, [&] {
    const auto filter = filter_of(question.matchers);
    auto path = fmt::format("/api/v2/alerts?silenced={0}&inhibited={0}", question.suppressed) + filter;
    if (!question.receiver.empty()) path += "&" + cloud::form_field("receiver", question.receiver);
    const auto alerts = asked(question.address, "GET", path);
    if (question.as_json) {
      fmt::print("{}\n", json::serialize(alerts));
      return;
    }
    const auto owners = ask_owners(question.address);
    const auto muted = ask_muted(question.address, filter);
    std::vector<std::vector<std::string>> rows{{"STATE", "SINCE", "RECEIVERS", "LABELS", "SUMMARY"}};
    for (const auto& alert : alerts.as_array()) {
      if (!question.suppressed && muted.contains(text_at(alert, "fingerprint"))) continue;
      std::vector<std::string> receivers;
      for (const auto& receiver : alert.at("receivers").as_array()) receivers.push_back(text_at(receiver, "name"));
      rows.push_back({state_of(alert, muted, owners), to_seconds(text_at(alert, "startsAt")),
                      fmt::format("{}", fmt::join(receivers, ",")), labels_text(alert.at("labels")),
                      text_at(alert.at("annotations"), "summary")});
    }
    if (rows.size() == 1) return fmt::print("no alerts\n");
    print_table(rows);
  });
}

int add_silence(const SilenceQuestion& question) {
  return attempt(question.address, [&] {
    const auto answer = asked(question.address, "POST", "/api/v2/silences", silence_body(question));
    fmt::print("{}\n", text_at(answer, "silenceID"));
  });
}

int show_silences(const SilenceQuestion& question) {
  return attempt(question.address, [&] {
    const auto path = fmt::format("/api/v2/silences?expired={}{}", question.expired, filter_of(question.matchers));
    const auto silences = asked(question.address, "GET", path);
    if (question.as_json)
      fmt::print("{}\n", json::serialize(silences));
    else
      print_silences(silences.as_array());
  });
}

int expire_silences(const DaemonAddress& address, const std::vector<std::string>& ids) {
  return attempt(address, [&] {
    for (const auto& id : ids) {
      const auto answer = ask_daemon(address, "DELETE", "/api/v2/silence/" + id);
      if (answer.status != 200) throw CommandFailed(id + ": " + fault(answer));
    }
  });
}

int add_acknowledgement(const AcknowledgementQuestion& question) {
  return attempt(question.address, [&] {
    const auto answer = asked(question.address, "POST", "/api/v1/acknowledgements", acknowledgement_body(question));
    print_acknowledgements(answer.at("data").as_array());
  });
}

int show_acknowledgements(const AcknowledgementQuestion& question) {
  return attempt(question.address, [&] {
    const auto answer = asked(question.address, "GET", "/api/v1/acknowledgements");
    const auto matchers = read_matchers(question.matchers);
    json::array wanted;
    for (const auto& alert : answer.at("data").as_array())
      if (matches(matchers, alert)) wanted.push_back(alert);
    if (question.as_json)
      fmt::print("{}\n", json::serialize(wanted));
    else
      print_acknowledgements(wanted);
  });
}

int remove_acknowledgements(const DaemonAddress& address, const std::vector<std::string>& fingerprints) {
  return attempt(address, [&] {
    for (const auto& fingerprint : fingerprints) {
      const auto answer = ask_daemon(address, "DELETE", "/api/v1/acknowledgements/" + fingerprint);
      if (answer.status != 200) throw CommandFailed(fault(answer));
    }
  });
}

int show_heartbeats(const HeartbeatQuestion& question) {
  return attempt(question.address, [&] {
    const auto answer = asked(question.address, "GET", "/api/v1/heartbeats");
    if (question.as_json) return fmt::print("{}\n", json::serialize(answer.at("data")));
    const auto time = [](const json::value& of, std::string_view key, std::string_view none) {
      const auto text = text_at(of, key);
      return text.empty() ? std::string(none) : to_seconds(text);
    };
    std::vector<std::vector<std::string>> rows{{"HEARTBEAT", "STATE", "LAST", "DUE", "MISSING AT", "MESSAGE"}};
    for (const auto& heartbeat : answer.at("data").at("incoming").as_array())
      rows.push_back({text_at(heartbeat, "name"), text_at(heartbeat, "state"), time(heartbeat, "last", "never"),
                      time(heartbeat, "due", "never"), time(heartbeat, "missingAt", "never"),
                      one_line(text_at(heartbeat, "message"))});
    for (const auto& heartbeat : answer.at("data").at("outgoing").as_array())
      rows.push_back({"to " + text_at(heartbeat, "receiver"),
                      heartbeat.at("withheld").as_bool() ? "withheld: no rule is evaluated" : "sent", "",
                      time(heartbeat, "next", "never"), "", "every " + text_at(heartbeat, "every")});
    if (rows.size() == 1) return fmt::print("no heartbeats are configured\n");
    print_table(rows);
  });
}

int show_maintenance(const MaintenanceQuestion& question) {
  return attempt(question.address, [&] {
    const auto answer = asked(question.address, "GET", "/api/v1/maintenance");
    const auto& reasons = answer.at("data").as_array();
    if (question.as_json) return fmt::print("{}\n", json::serialize(reasons));
    std::vector<std::vector<std::string>> rows{{"MAINTENANCE", "TENANT", "COMMENT"}};
    for (const auto& reason : reasons) {
      const auto id = text_at(reason, "id");
      rows.push_back({id.substr(id.find('/') + 1), text_at(reason, "tenant"), one_line(text_at(reason, "comment"))});
    }
    if (rows.size() == 1) return fmt::print("nothing is in maintenance\n");
    print_table(rows);
  });
}

int send_heartbeat(const HeartbeatQuestion& question) {
  return attempt(question.address, [&] {
    const auto path =
        fmt::format("/api/v1/heartbeat/{}{}", cloud::percent_encode(question.name), question.failed ? "/fail" : "");
    const auto answer = ask_daemon(question.address, "POST", path, "text/plain", question.message);
    const auto document = json::parse(answer.body);
    if (answer.status != 200) throw CommandFailed(text_at(document, "error"));
    fmt::print("{}, the next is due at {}\n", text_at(document.at("data"), "state"),
               to_seconds(text_at(document.at("data"), "due")));
  });
}

int show_routes(const std::string& config_file) {
  const auto loaded = load(config_file, {}, false);
  if (!loaded) {
    print(loaded.error());
    return 1;
  }
  const Routes routes(loaded->config.route);
  print_route(routes, routes.all().front(), "");
  return 0;
}

int test_routes(const std::string& config_file, const std::vector<std::string>& labels,
                const std::vector<std::string>& expected) {
  const auto loaded = load(config_file, {}, false);
  if (!loaded) {
    print(loaded.error());
    return 1;
  }
  return attempt({}, [&] {
    const Routes routes(loaded->config.route);
    std::vector<std::string> receivers;
    for (const auto* route : routes.taken_by(labels_of(labels))) {
      receivers.push_back(route->config.receiver);
      fmt::print("{}  by {}\n", route->config.receiver, route->key);
    }
    if (!expected.empty() && receivers != expected)
      throw CommandFailed(fmt::format("expected {}, found {}", fmt::join(expected, ", "), fmt::join(receivers, ", ")));
  });
}

}  // namespace a2od
