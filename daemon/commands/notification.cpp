// What is on its way to receivers: alerts and silences of a daemon, routes of a configuration.
#include "collectors/cloud/json.hpp"
#include "collectors/cloud/url.hpp"
#include "config/duration.hpp"
#include "config/matchers.hpp"
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
#include <pwd.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <exception>
#include <functional>
#include <utility>

namespace a2od {

namespace json = boost::json;

namespace {

/// Runs what a command does, and says why it failed.
int attempt(const DaemonAddress& address, const std::function<void()>& work) {
  try {
    work();
    return 0;
  } catch (const CommandFailed& failed) {
    fmt::print(stderr, "a2od: {}\n", failed.what());
  } catch (const std::exception&) {
    fmt::print(stderr, "a2od: what answers at {} is no a2od or Alertmanager\n", address.server);
  }
  return 1;
}

/// Errors of the API are texts in JSON, or plain.
std::string fault(const DaemonAnswer& answer) {
  boost::system::error_code error;
  const auto document = json::parse(answer.body, error);
  if (!error && document.is_string()) return std::string(std::string_view(document.as_string()));
  return answer.body.empty() ? fmt::format("it answered {}", answer.status) : answer.body;
}

json::value asked(const DaemonAddress& address, std::string_view method, const std::string& path,
                  std::string body = {}) {
  auto answer = ask_daemon(address, method, path, body.empty() ? "" : "application/json", std::move(body));
  if (answer.status != 200) throw CommandFailed(fault(answer));
  return answer.body.empty() ? json::value() : json::parse(answer.body);
}

/// "Down" alone means the alert of that name, as amtool has it.
std::vector<Matcher> read_matchers(const std::vector<std::string>& texts) {
  std::vector<Matcher> matchers;
  for (const auto& text : texts) {
    const bool is_name = text.find_first_of("=!~{") == std::string::npos;
    auto matcher = is_name ? Matcher::make(MatchType::equal, "alertname", text, Dot::one_line)
                           : parse_matcher(text, MatcherSyntax::fallback);
    if (!matcher) throw CommandFailed("'" + text + "': " + matcher.error().message);
    matchers.push_back(std::move(*matcher));
  }
  return matchers;
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

std::string one_line(std::string text) {
  std::ranges::replace_if(text, [](char c) { return static_cast<unsigned char>(c) < ' ' || c == '\x7f'; }, ' ');
  return text;
}

std::string state_of(const json::value& alert) {
  const auto& status = alert.at("status");
  for (const auto& [key, word] :
       {std::pair{"silencedBy", "silenced"}, {"inhibitedBy", "inhibited"}, {"mutedBy", "muted"}}) {
    const auto* reasons = cloud::get_array(status, key);
    if (reasons == nullptr || reasons->empty()) continue;
    const auto& reason = reasons->front();
    const bool is_named = reason.is_string() && reason.as_string().starts_with("maintenance/");
    return is_named ? std::string(std::string_view(reason.as_string())) : word;
  }
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

Timestamp start_of(const SilenceQuestion& question) {
  if (question.start.empty()) return std::chrono::floor<Milliseconds>(std::chrono::system_clock::now());
  const auto start = cloud::parse_time(question.start);
  if (!start) throw CommandFailed("--start: expected a time such as 2026-01-31T08:00:00Z");
  return *start;
}

std::string user_name() {
  const auto* user = getpwuid(getuid());
  return user == nullptr ? fmt::format("uid {}", getuid()) : user->pw_name;
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

void print_route(const Routes& routes, const Route& route, const std::string& indent) {
  const auto step = route.key.rfind("/{");
  fmt::print("{}{}  to '{}'{}\n", indent, step == std::string::npos ? "all" : route.key.substr(step + 1),
             route.config.receiver, route.config.continues ? ", goes on" : "");
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
    auto path = fmt::format("/api/v2/alerts?silenced={0}&inhibited={0}", question.suppressed);
    path += filter_of(question.matchers);
    if (!question.receiver.empty()) path += "&" + cloud::form_field("receiver", question.receiver);
    const auto alerts = asked(question.address, "GET", path);
    if (question.as_json) {
      fmt::print("{}\n", json::serialize(alerts));
      return;
    }
    if (alerts.as_array().empty()) return fmt::print("no alerts\n");
    std::vector<std::vector<std::string>> rows{{"STATE", "SINCE", "RECEIVERS", "LABELS", "SUMMARY"}};
    for (const auto& alert : alerts.as_array()) {
      std::vector<std::string> receivers;
      for (const auto& receiver : alert.at("receivers").as_array()) receivers.push_back(text_at(receiver, "name"));
      rows.push_back({state_of(alert), to_seconds(text_at(alert, "startsAt")),
                      fmt::format("{}", fmt::join(receivers, ",")), labels_text(alert.at("labels")),
                      text_at(alert.at("annotations"), "summary")});
    }
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
