// Cases of Alertmanager's API: requests one after the other to the daemon's own handlers, at times of our own.
#include "case.hpp"
#include "config/read.hpp"
#include "daemon/web/web.hpp"
#include "tests/daemon/state/temporary_folder.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <exception>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace a2od::conformance {
namespace {

namespace asio = boost::asio;
namespace json = boost::json;

Result failed(std::string detail) { return {Outcome::failed, std::move(detail)}; }

Config config_of(std::string yaml) {
  constexpr std::string_view kAddress = "{webhook_1}";
  if (const auto at = yaml.find(kAddress); at != std::string::npos) yaml.replace(at, kAddress.size(), "127.0.0.1:1");
  auto config = parse_config("alertmanager.yml", yaml, {.collectors = {}, .check_files = false});
  if (!config) throw std::runtime_error(to_string(config.error().front()));
  return std::move(*config);
}

Database open(const std::filesystem::path& folder) {
  auto database = Database::open(folder);
  if (!database) throw std::runtime_error(database.error().message);
  return std::move(*database);
}

/// What answers of a daemon, without sockets: nothing is delivered.
class Server {
 public:
  explicit Server(Config config)
      : config_(std::move(config)),
        notifier_(io_.get_executor(), config_, NotificationTemplates(), "http://a2od",
                  {.http = http_,
                   .database = database_,
                   .state = state_,
                   .journal = journal_,
                   .pool = pool_.get_executor(),
                   .metrics = metrics_,
                   .now = [this] { return now; }}),
        web_({.engine = engine_,
              .history = history_,
              .notifier = notifier_,
              .pool = pool_.get_executor(),
              .queries = pool_.get_executor(),
              .now = [this] { return now; },
              .wall = [this] { return now; },
              .when = [](Timestamp wall) { return wall; },
              .ready = [] { return true; },
              .page = [] { return StatusPage(); },
              .reload = [] -> asio::awaitable<std::string> { co_return ""; },
              .status = [] { return ServerStatus(); },
              .metrics = [] { return std::vector<Metric>(); },
              .external_labels = [] { return std::map<std::string, std::string>(); },
              .path_prefix = [] { return std::string(); },
              .runbook_folders = [] { return std::vector<std::filesystem::path>(); },
              .state_file = folder_.path() / "state.db"}) {
    notifier_.restore(now);
  }
  ~Server() { pool_.join(); }
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  HttpReply ask(HttpRequest request) {
    std::optional<HttpReply> reply;
    std::exception_ptr error;
    asio::co_spawn(io_, web_.handle(std::move(request)), [&](std::exception_ptr thrown, HttpReply answer) {
      error = std::move(thrown);
      reply = std::move(answer);
    });
    io_.restart();
    io_.run();
    if (error) std::rethrow_exception(error);
    return std::move(*reply);
  }

  Timestamp now = std::chrono::sys_days(std::chrono::year(2026) / 11 / 27) + std::chrono::hours(12);

 private:
  Config config_;
  test::TemporaryFolder folder_;
  asio::io_context io_{1};
  asio::thread_pool pool_{1};
  SystemClock clock_;
  Database database_ = open(folder_.path());
  Journal journal_;
  StateWriter state_{database_, asio::make_strand(pool_), journal_};
  cloud::HttpClient http_{io_.get_executor(), {}, clock_};
  SelfMetrics metrics_;
  History history_{io_.get_executor(), asio::make_strand(pool_), {.folder = folder_.path() / "history"}};
  EngineStrand engine_{pool_,
                       {.collector_of = [](std::string_view) { return std::string_view(); },
                        .stopwatch = [] { return std::chrono::nanoseconds(0); }},
                       {},
                       {}};
  Notifier notifier_;
  Web web_;
};

/// "now", "now+5m", "now+24h".
std::string time_of(std::string_view text, Timestamp now) {
  if (!text.starts_with("now")) return std::string(text);
  text.remove_prefix(3);
  if (text.empty()) return format_time(now);
  return format_time(now + parse_step(text.substr(1)).value());
}

std::string with(std::string text, const std::map<std::string, std::string>& saved) {
  for (const auto& [name, value] : saved) {
    const auto placeholder = "{" + name + "}";
    for (auto at = text.find(placeholder); at != std::string::npos; at = text.find(placeholder))
      text.replace(at, placeholder.size(), value);
  }
  return text;
}

/// With times in place of "now", and alerts' keys as the API has them.
json::value body_of(const json::value& given, Timestamp now) {
  if (given.is_array()) {
    json::array list;
    for (const auto& item : given.as_array()) list.push_back(body_of(item, now));
    return list;
  }
  if (!given.is_object()) return given;
  json::object out;
  for (const auto& [key, value] : given.as_object()) {
    const std::string name = key == "starts_at" ? "startsAt" : key == "ends_at" ? "endsAt" : std::string(key);
    const bool is_time = name == "startsAt" || name == "endsAt";
    out[name] = is_time ? json::value(time_of(text_of(value), now)) : body_of(value, now);
  }
  return out;
}

/// One case's requests, and what they left behind for later ones.
class Sequence {
 public:
  explicit Sequence(const json::object& test) : server_(config_of(text_of(test.at("config")))) {}

  /// Empty: as expected.
  std::string run(const json::object& step) {
    if (const auto* pause = step.if_contains("sleep_ms")) {
      server_.now += Milliseconds(pause->as_int64());
      return {};
    }
    const auto reply = server_.ask(request_of(step));
    const auto expected = static_cast<unsigned>(step.at("status").as_int64());
    if (reply.status != expected) return fmt::format("answered {}: {}", reply.status, *reply.body);
    if (const auto* part = step.if_contains("body_contains"); part != nullptr && !reply.body->contains(text_of(*part)))
      return *reply.body;
    boost::system::error_code no_json;
    const auto answer = json::parse(*reply.body, no_json);
    if (const auto* save = step.if_contains("save"))
      for (const auto& [name, key] : save->as_object()) saved_[name] = text_of(answer.at(text_of(key)));
    return answer.is_array() ? check(step, answer.as_array()) : std::string();
  }

 private:
  HttpRequest request_of(const json::object& step) const {
    for (const auto& [key, method] : {std::pair{"post", "POST"}, {"get", "GET"}, {"delete", "DELETE"}}) {
      const auto* target = step.if_contains(key);
      if (target == nullptr) continue;
      HttpRequest request{.method = method, .target = with(text_of(*target), saved_)};
      if (const auto* filter = step.if_contains("query_filter"))
        for (const auto& one : filter->as_array())
          request.target += (request.target.contains('?') ? "&" : "?") + cloud::form_field("filter", text_of(one));
      if (const auto* body = step.if_contains("body")) {
        request.headers = {{"Content-Type", "application/json"}};
        request.body = json::serialize(body_of(*body, server_.now));
      }
      return request;
    }
    throw std::runtime_error("a step of an unknown kind: " + json::serialize(step));
  }

  std::string check(const json::object& step, const json::array& found) const {
    if (const auto* count = step.if_contains("count"); count != nullptr && count->as_int64() != std::ssize(found))
      return fmt::format("{} were found: {}", found.size(), json::serialize(found));
    if (const auto* matchers = step.if_contains("matchers");
        matchers != nullptr && found.at(0).at("matchers") != *matchers)
      return json::serialize(found);
    const auto* one = step.if_contains("alert_with_labels");
    bool seen = false;
    for (const auto& alert : found) {
      const bool is_it = one != nullptr && alert.at("labels") == one->at("labels");
      seen = seen || is_it;
      for (const auto* expected :
           {step.if_contains("every_alert"), is_it ? one->as_object().if_contains("expect") : nullptr,
            is_it ? nullptr : step.if_contains("other_alerts")})
        if (expected != nullptr && !is_as(expected->as_object(), alert, found)) return json::serialize(alert);
    }
    return one == nullptr || seen ? std::string() : "the alert is not there";
  }

  /// Keys are paths such as "status.state".
  bool is_as(const json::object& expected, const json::value& alert, const json::array& all) const {
    for (const auto& [path, value] : expected) {
      const std::string_view key = path;
      const auto dot = key.find('.');
      if (alert.at(key.substr(0, dot)).at(key.substr(dot + 1)) != meant(value, all)) return false;
    }
    return true;
  }

  json::value meant(const json::value& expected, const json::array& all) const {
    if (expected.is_string()) return json::string(text_meant(text_of(expected), all));
    if (!expected.is_array()) return expected;
    json::array list;
    for (const auto& item : expected.as_array()) list.push_back(meant(item, all));
    return list;
  }

  /// "{sid}", or "fingerprint of severity=critical alert".
  std::string text_meant(const std::string& text, const json::array& all) const {
    constexpr std::string_view kFingerprint = "fingerprint of ";
    if (!text.starts_with(kFingerprint)) return with(text, saved_);
    const auto label = text.substr(kFingerprint.size(), text.find(" alert") - kFingerprint.size());
    const auto name = label.substr(0, label.find('='));
    for (const auto& alert : all) {
      const auto* value = alert.at("labels").as_object().if_contains(name);
      if (value != nullptr && name + "=" + text_of(*value) == label) return text_of(alert.at("fingerprint"));
    }
    return text;
  }

  Server server_;
  std::map<std::string, std::string> saved_;
};

}  // namespace

Result run_api_case(const Set& /*set*/, const json::object& test) {
  Sequence sequence(test);
  std::size_t number = 0;
  for (const auto& step : test.at("steps").as_array()) {
    ++number;
    if (auto found = sequence.run(step.as_object()); !found.empty())
      return failed(fmt::format("step {}: {}", number, std::move(found)));
  }
  return {};
}

}  // namespace a2od::conformance
