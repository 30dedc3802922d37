#include "daemon/web/web.hpp"

#include "config/text.hpp"
#include "daemon/heap.hpp"
#include "daemon/web/api/acknowledgements.hpp"
#include "daemon/web/api/drill.hpp"
#include "daemon/web/api/events.hpp"
#include "daemon/web/api/explain.hpp"
#include "daemon/web/api/heartbeats.hpp"
#include "daemon/web/api/maintenance.hpp"
#include "daemon/web/api/query.hpp"
#include "daemon/web/api/rules.hpp"
#include "daemon/web/api/series.hpp"
#include "daemon/web/api/syntax_tree.hpp"
#include "daemon/web/api_v2/alerts.hpp"
#include "daemon/web/api_v2/silences.hpp"
#include "daemon/web/graph_page.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/json/array.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <fstream>
#include <iterator>
#include <memory>
#include <optional>
#include <utility>

namespace a2od {

namespace asio = boost::asio;

namespace {

constexpr std::uintmax_t kMaxRunbook = 1U << 20U;
constexpr std::size_t kMostQueries = 20;
constexpr std::size_t kMostDrills = 4;

/// What takes the system milliseconds to take back.
constexpr std::size_t kLargeBody = std::size_t{1} << 20;

HttpReply text(unsigned status, std::string body) {
  return {.status = status, .body = std::make_shared<const std::string>(std::move(body))};
}

HttpReply html(std::string body) {
  return {.headers = {{"Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'"},
                      {"X-Content-Type-Options", "nosniff"}},
          .content_type = "text/html; charset=utf-8",
          .body = std::make_shared<const std::string>(std::move(body))};
}

HttpReply json(ApiReply reply) {
  return {.status = reply.status,
          .content_type = "application/json",
          .body = std::make_shared<const std::string>(std::move(reply.body))};
}

/// A request that a browser sends for another site's page carries that site as its Origin.
bool same_origin(const HttpRequest& request) {
  const auto origin = request.header("Origin");
  if (origin.empty()) return true;
  const auto scheme = origin.find("://");
  return scheme != std::string_view::npos && origin.substr(scheme + 3) == request.header("Host");
}

bool is_runbook_name(std::string_view name) {
  return !name.empty() && name.size() <= 128 && std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  });
}

std::optional<std::string> read_runbook(const std::vector<std::filesystem::path>& folders, const std::string& name) {
  for (const auto& folder : folders) {
    const auto path = folder / (name + ".md");
    std::error_code failure;
    if (!std::filesystem::is_regular_file(path, failure) || std::filesystem::file_size(path, failure) > kMaxRunbook)
      continue;
    std::ifstream file(path, std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(file), {});
  }
  return std::nullopt;
}

/// Of the address, and of the form that was posted.
Parameters parameters_of(const HttpRequest& request) {
  const auto question = request.target.find('?');
  auto parameters = parse_parameters(question == std::string::npos ? "" : request.target.substr(question + 1));
  if (request.method == "POST") parameters.merge(parse_parameters(request.body));
  return parameters;
}

/// What is known of an alert beside its rule.
struct Attention {
  std::string acknowledged_by;
  std::string kept_back;
};
using Attentions = std::map<std::string, Attention>;  ///< by fingerprint

std::string kept_back(const Suppression& suppression) {
  if (suppression.silenced_by.empty()) return suppression.inhibited_by.empty() ? "" : "inhibited";
  return suppression.silenced_by.front().starts_with("maintenance/") ? "in maintenance" : "silenced";
}

Attentions attentions(const Notifier& notifier) {
  Attentions known;
  for (const auto& shown : notifier.view().alerts)
    if (shown.suppression.any()) known[shown.alert->fingerprint].kept_back = kept_back(shown.suppression);
  for (const auto& alert : notifier.acknowledged())
    known[alert.fingerprint].acknowledged_by = alert.acknowledgement.owner;
  return known;
}

using ExternalLabels = std::map<std::string, std::string>;

AlertEntry row_of(const ActiveAlert& alert, const Attentions& attentions, const ExternalLabels& external) {
  const auto annotation = [&](const char* name) {
    const auto found = alert.annotations.find(name);
    return found == alert.annotations.end() ? std::string() : found->second;
  };
  std::string target(alert.labels.get("environment"));
  if (target.empty()) target = alert.labels.get("tenant");
  const auto known = attentions.find(fingerprint(with_external(alert.labels, external)));
  const auto attention = known == attentions.end() ? Attention() : known->second;
  return {.name = std::string(alert.labels.get("alertname")),
          .severity = std::string(alert.labels.get("severity")),
          .state = std::string(to_string(alert.state)),
          .held = alert.held,
          .acknowledged_by = attention.acknowledged_by,
          .kept_back = attention.kept_back,
          .target = std::move(target),
          .summary = annotation("summary"),
          .runbook_url = annotation("runbook_url"),
          .since = alert.active_at};
}

void fill_from(Engine& engine, const Attentions& attentions, const ExternalLabels& external, StatusPage& page) {
  page.series = engine.series();
  for (const auto& group : engine.report()) {
    page.rules += group.rules.size();
    for (const auto& rule : group.rules)
      for (const auto& alert : rule.alerts) page.alerts.push_back(row_of(alert, attentions, external));
  }
  const auto rank = [](const AlertEntry& alert) {
    return std::tuple(alert.state != "firing", alert.severity != "page", alert.severity != "ticket", alert.name,
                      alert.target);
  };
  std::ranges::sort(page.alerts, {}, rank);
}

}  // namespace

asio::awaitable<HttpReply> Web::handle(HttpRequest request) {
  const auto prefix = with_.path_prefix();
  if (!prefix.empty() && request.target == prefix) {
    auto reply = text(302, "");
    reply.headers.emplace_back("Location", prefix + "/");
    co_return reply;
  }
  if (!prefix.empty() && request.target.starts_with(prefix + "/")) request.target.erase(0, prefix.size());
  co_return co_await answer(std::move(request));
}

void Web::cancel_queries() {
  for (const auto& cancelled : queries_) cancelled->store(true, std::memory_order_relaxed);
}

asio::awaitable<HttpReply> Web::answer(HttpRequest request) {
  const auto question = request.target.find('?');
  const std::string path = request.target.substr(0, question);
  const bool reads = request.method == "GET" || request.method == "HEAD";
  const bool allowed = co_await authorized(request);
  if (!allowed) {
    auto reply = text(401, "unauthorized\n");
    reply.headers.emplace_back("WWW-Authenticate", "Basic");
    co_return reply;
  }
  if (path.starts_with("/api/v1/")) co_return co_await api(request, std::string_view(path).substr(8));
  if (path.starts_with("/api/v2/")) co_return co_await api_v2(request, std::string_view(path).substr(8));
  if (path == "/-/reload") co_return co_await reload(request);
  if (!reads) co_return text(405, "this page can only be read\n");
  if (path == "/-/healthy") co_return text(200, "a2od is healthy\n");
  if (path == "/-/ready") {
    const bool ready = with_.ready();
    co_return ready ? text(200, "a2od is ready\n")
                    : text(503, "a2od waits for the first runs of its collectors, or the first scrapes\n");
  }
  if (path == "/metrics") co_return co_await metrics(request);
  if (path == "/federate") co_return co_await federate(request);
  if (path == "/") co_return co_await front_page();
  if (path == "/graph") co_return co_await graph(request);
  if (path.starts_with("/runbooks/")) co_return co_await runbook(path.substr(10));
  co_return text(404,
                 "not found: a2od answers on / /graph /metrics /federate /runbooks/NAME /-/healthy /-/ready /-/reload "
                 "/api/v1/ and /api/v2/\n");
}

asio::awaitable<bool> Web::authorized(const HttpRequest& request) {
  if (!auth_.required()) co_return true;
  const auto credentials = parse_basic(request.header("Authorization"));
  if (!credentials) co_return false;
  if (const auto known = auth_.remembered(*credentials)) co_return *known;
  const auto hash = auth_.hash_for(credentials->user);
  const bool known_user = auth_.knows(credentials->user);
  const bool right = co_await offload(with_.pool, [&] { return matches_bcrypt(credentials->password, hash); });
  auth_.remember(*credentials, right && known_user);
  co_return right&& known_user;
}

asio::awaitable<HttpReply> Web::metrics(const HttpRequest& request) {
  const auto format = negotiate(request.header("Accept"));
  const bool compressed = accepts_gzip(request.header("Accept-Encoding"));
  auto body = co_await with_.engine.exposition(format, compressed);
  HttpReply reply{.headers = {{"Vary", "Accept, Accept-Encoding"}},
                  .content_type = std::string(content_type(format)),
                  .body = body_of(std::move(body))};
  if (compressed) reply.headers.emplace_back("Content-Encoding", "gzip");
  co_return reply;
}

asio::awaitable<HttpReply> Web::front_page() {
  auto page = with_.page();
  const auto known = attentions(with_.notifier);
  const auto external = with_.external_labels();
  co_await with_.engine.with([&](Engine& engine) { fill_from(engine, known, external, page); });
  co_return html(render(page, with_.now()));
}

asio::awaitable<HttpReply> Web::graph(const HttpRequest& request) {
  const auto expression = find(parameters_of(request), "g0.expr").value_or("");
  const auto now = with_.now();
  auto page = co_await evaluate([&](const SeriesSource& source, const promql::EvaluationLimits& limits) {
    return ApiReply{200, render_graph(source, expression, now, limits)};
  });
  co_return page.status == 200 ? html(std::move(page.body)) : text(page.status, "too many queries at once\n");
}

asio::awaitable<HttpReply> Web::runbook(std::string name) {
  if (!is_runbook_name(name)) co_return text(404, "no such runbook\n");
  const auto folders = with_.runbook_folders();
  const auto markdown = co_await offload(with_.pool, [&] { return read_runbook(folders, name); });
  co_return markdown ? html(render_runbook(name, *markdown)) : text(404, "no such runbook\n");
}

asio::awaitable<HttpReply> Web::reload(const HttpRequest& request) {
  if (request.method != "POST" && request.method != "PUT") co_return text(405, "only POST or PUT reload\n");
  if (!same_origin(request)) co_return text(403, "refused: the request comes from another site's page\n");
  const auto problems = co_await with_.reload();
  co_return problems.empty() ? text(200, "")
                             : text(500, "failed to reload; the configuration is as before:\n" + problems);
}

asio::awaitable<HttpReply> Web::federate(const HttpRequest& request) {
  const auto parameters = parameters_of(request);
  const auto now = with_.now();
  const auto labels = with_.external_labels();
  const bool compressed = accepts_gzip(request.header("Accept-Encoding"));
  auto page = co_await evaluate([&](const SeriesSource& source, const promql::EvaluationLimits& limits) {
    auto answer = answer_federate(source.memory(), parameters, now, limits.lookback, labels);
    if (compressed && answer.status == 200) answer.body = gzipped(answer.body);
    return answer;
  });
  if (page.status != 200) co_return json(std::move(page));
  HttpReply reply{.headers = {{"Vary", "Accept-Encoding"}},
                  .content_type = std::string(content_type(ExpositionFormat::text)),
                  .body = body_of(std::move(page.body))};
  if (compressed) reply.headers.emplace_back("Content-Encoding", "gzip");
  co_return reply;
}

/// GET as well as POST: what can do no more than fetch an address can give a sign of life, too.
asio::awaitable<HttpReply> Web::heartbeat(const HttpRequest& request, std::string_view path) {
  if (request.method != "GET" && request.method != "POST")
    co_return json(api_error(405, "bad_data", "a heartbeat is a GET or a POST"));
  if (!same_origin(request) || request.header("Sec-Fetch-Site") == "cross-site")
    co_return json(api_error(403, "forbidden", "the request comes from another site's page"));
  const auto question = request.target.find('?');
  const auto parameters = parse_parameters(question == std::string::npos ? "" : request.target.substr(question + 1));
  auto read = read_heartbeat(path, request.method == "POST" && !request.body.empty()
                                       ? request.body
                                       : std::string(find(parameters, "message").value_or("")));
  if (!read) co_return json(read.error());
  const auto received = co_await with_.notifier.receive_heartbeat(read->name, std::move(read->beat));
  co_return json(answer_heartbeat(received, with_.notifier.heartbeats(), read->name, with_.now()));
}

asio::awaitable<HttpReply> Web::api(const HttpRequest& request, std::string_view path) {
  constexpr std::string_view kReadByPost[] = {"query",  "query_range",  "query_exemplars", "series",
                                              "labels", "format_query", "parse_query"};
  if (path == "acknowledgements" || path.starts_with("acknowledgements/"))
    co_return co_await acknowledgements(request, path);
  if (path.starts_with("heartbeat/")) co_return co_await heartbeat(request, path.substr(10));
  if (path == "alerts/test") co_return co_await drill(request);
  const bool reads = request.method == "GET" || request.method == "HEAD";
  const bool posted = request.method == "POST" && std::ranges::find(kReadByPost, path) != std::end(kReadByPost);
  if (!reads && !posted) co_return json(api_error(405, "bad_data", "method not allowed"));
  const auto parameters = parameters_of(request);
  if (path == "rules")
    co_return json(co_await with_.engine.with([&](Engine& e) { return answer_rules(e.report(), parameters); }));
  if (path == "alerts") co_return json(co_await with_.engine.with([](Engine& e) { return answer_alerts(e.report()); }));
  if (path == "targets") {
    const auto page = with_.page();
    co_return json(answer_targets(page.targets, page.scraped, parameters));
  }
  if (path == "targets/metadata") {
    // Of many exporters it is large.
    const auto page = with_.page();
    co_return json(co_await offload(with_.queries, [&] { return answer_targets_metadata(page.scraped, parameters); }));
  }
  if (path == "heartbeats") co_return json(answer_heartbeats(with_.notifier.heartbeats(), with_.now()));
  if (path == "maintenance") co_return json(answer_maintenance(with_.notifier.maintenance(), with_.now()));
  if (path == "metadata") co_return json(answer_metadata(with_.metrics(), with_.page().scraped, parameters));
  if (path == "format_query") co_return json(answer_format_query(parameters));
  if (path == "parse_query") co_return json(answer_parse_query(parameters));
  if (path == "query_exemplars") co_return json(api_success(boost::json::array()));
  if (path == "status/buildinfo") co_return json(answer_build_info(with_.status()));
  if (path == "status/runtimeinfo") co_return json(answer_runtime_info(with_.status()));
  if (path == "status/config") co_return json(answer_config(with_.status()));
  if (path == "status/flags") co_return json(answer_flags(with_.status()));
  if (path == "explain") co_return json(co_await explain(parameters));
  if (path == "events") co_return co_await events(parameters);
  auto reply = co_await answer_from_series(path, parameters);
  co_return HttpReply{
      .status = reply.status, .content_type = "application/json", .body = body_of(std::move(reply.body))};
}

asio::awaitable<HttpReply> Web::acknowledgements(const HttpRequest& request, std::string_view path) {
  auto& notifier = with_.notifier;
  const std::string fingerprint(path.substr(std::min(path.size(), std::string_view("acknowledgements/").size())));
  const bool all = fingerprint.empty();
  if (all && (request.method == "GET" || request.method == "HEAD"))
    co_return json(answer_acknowledgements(notifier.acknowledged()));
  if (request.method != (all ? "POST" : "DELETE")) co_return json(api_error(405, "bad_data", "method not allowed"));
  if (auto refused = refused_change(request)) co_return std::move(*refused);
  if (!all) {
    const bool withdrawn = co_await notifier.withdraw_acknowledgement(fingerprint);
    co_return json(answer_withdrawn_acknowledgement(fingerprint, withdrawn));
  }
  auto posted = read_posted_acknowledgement(request.body, with_.now());
  if (!posted) co_return json(posted.error());
  const auto taken = co_await notifier.acknowledge(std::move(posted->selection), std::move(posted->acknowledgement));
  co_return json(answer_posted_acknowledgement(taken));
}

asio::awaitable<HttpReply> Web::drill(const HttpRequest& request) {
  if (request.method != "POST") co_return json(api_error(405, "bad_data", "method not allowed"));
  if (auto refused = refused_change(request)) co_return std::move(*refused);
  const auto user = auth_.required() ? parse_basic(request.header("Authorization")) : std::nullopt;
  auto posted = read_posted_drill(request.body, user ? user->user : std::string(), request.peer);
  if (!posted) co_return json(posted.error());
  if (drills_ >= kMostDrills)
    co_return json(api_error(503, "unavailable", "too many tests at once: try again in a moment"));
  struct Place {
    std::size_t& count;
    explicit Place(std::size_t& of) : count(of) { ++count; }
    ~Place() { --count; }
  };
  const Place place(drills_);
  posted->labels.merge(with_.external_labels());
  co_return json(answer_drill(co_await with_.notifier.drill(std::move(*posted))));
}

asio::awaitable<ApiReply> Web::explain(const Parameters& parameters) {
  constexpr std::size_t kMostAlerts = 100;
  constexpr std::size_t kMostRules = 3;
  const auto choice = parse_alert_choice(find(parameters, "alert").value_or(""));
  if (!choice) co_return bad_parameter("alert", choice.error());
  Explanation about;
  about.rules = co_await with_.engine.with([&](Engine& engine) { return engine.explain(*choice); });
  const auto labels =
      choose(*choice, about.rules, with_.notifier.matching(*choice, kMostAlerts), with_.external_labels());
  if (!labels) co_return api_error(404, "not_found", labels.error().message);
  about.labels = *labels;
  std::erase_if(about.rules, [&](const ExplainedRule& rule) { return rule.alert && rule.alert->labels != *labels; });
  if (about.rules.size() > kMostRules) about.rules.resize(kMostRules);
  about.routing = with_.notifier.explain(*labels);
  about.targets = with_.page().targets;
  const auto now = with_.now();
  co_return co_await evaluate([&](const SeriesSource& source, const promql::EvaluationLimits& limits) {
    return answer_explain(source, about, now, limits);
  });
}

asio::awaitable<HttpReply> Web::events(const Parameters& parameters) {
  auto reply = co_await evaluate([&](const SeriesSource&, const promql::EvaluationLimits& limits) {
    return answer_events(with_.state_file, parameters, limits.cancelled);
  });
  const bool good = reply.status == 200;
  auto answer = json(std::move(reply));
  if (good) answer.content_type = "application/x-ndjson";
  co_return answer;
}

/// What changes something: refused where another site's page may have sent it.
std::optional<HttpReply> Web::refused_change(const HttpRequest& request) {
  if (!same_origin(request)) return text(403, "refused: the request comes from another site's page\n");
  constexpr std::string_view kJson = "application/json";
  if (request.method == "POST" && !same_text(request.header("Content-Type").substr(0, kJson.size()), kJson))
    return text(415, "refused: the content type must be application/json\n");
  return std::nullopt;
}

asio::awaitable<HttpReply> Web::change_v2(const HttpRequest& request, std::string_view path) {
  constexpr std::string_view kSilence = "silence/";
  if (auto refused = refused_change(request)) co_return std::move(*refused);
  const auto now = with_.wall();
  if (path == "alerts" && request.method == "POST") {
    auto posted = read_posted_alerts(request.body, with_.notifier.resolve_timeout(), now);
    for (auto& alert : posted.alerts) {
      alert.starts_at = with_.when(alert.starts_at);
      if (alert.ends_at != Timestamp{}) alert.ends_at = with_.when(alert.ends_at);
    }
    const bool taken = co_await with_.notifier.receive_from_others(std::move(posted.alerts));
    if (!taken) co_return text(503, "refused: there are too many alerts already\n");
    co_return json(posted.reply);
  }
  if (path == "silences" && request.method == "POST") {
    auto silence = read_posted_silence(request.body, now);
    if (!silence) co_return json(silence.error());
    silence->starts_at = with_.when(silence->starts_at);
    silence->ends_at = with_.when(silence->ends_at);
    co_return json(answer_posted_silence(co_await with_.notifier.set_silence(std::move(*silence))));
  }
  if (path.starts_with(kSilence) && request.method == "DELETE") {
    const std::string id(path.substr(kSilence.size()));
    co_return json(answer_deleted_silence(co_await with_.notifier.expire_silence(id)));
  }
  co_return text(405, "method not allowed\n");
}

asio::awaitable<HttpReply> Web::api_v2(const HttpRequest& request, std::string_view path) {
  constexpr std::string_view kSilence = "silence/";
  if (request.method != "GET" && request.method != "HEAD") co_return co_await change_v2(request, path);
  const auto parameters = parameters_of(request);
  const auto now = with_.now();
  const auto& notifier = with_.notifier;
  if (path == "status") co_return json(answer_v2_status(with_.status()));
  if (path == "silences") co_return json(answer_v2_silences(notifier.silences(), parameters, now));
  if (path.starts_with(kSilence))
    co_return json(answer_v2_silence(notifier.silences(), path.substr(kSilence.size()), now));
  if (path == "receivers") co_return json(answer_v2_receivers(notifier.receivers()));
  if (path == "alerts") co_return json(answer_v2_alerts(notifier.view(), parameters, now));
  if (path == "alerts/groups") co_return json(answer_v2_alert_groups(notifier.view(), parameters, now));
  co_return text(404, fmt::format("/api/v2/{} is not answered here\n", path));
}

asio::awaitable<ApiReply> Web::answer_from_series(std::string_view path, const Parameters& parameters) {
  using promql::EvaluationLimits;
  const auto with_series = [&](auto answer) {
    return evaluate([&parameters, answer](const SeriesSource& source, const EvaluationLimits& limits) {
      return answer(source, parameters, limits);
    });
  };
  if (path == "series") co_return co_await with_series(answer_series);
  if (path == "labels") co_return co_await with_series(answer_labels);
  if (path == "status/tsdb")
    co_return co_await evaluate([&](const SeriesSource& source, const EvaluationLimits&) {
      return answer_tsdb_status(source.memory(), parameters);
    });
  if (path.starts_with("label/") && path.ends_with("/values")) {
    const auto label = decode_url(path.substr(6, path.size() - 13));
    co_return co_await evaluate([&](const SeriesSource& source, const EvaluationLimits& limits) {
      return answer_label_values(source, label, parameters, limits);
    });
  }
  const auto timeout = find(parameters, "timeout");
  const auto limit = timeout ? parse_step(*timeout) : kQueryTimeout;
  if (!limit || *limit <= Milliseconds{0}) co_return bad_parameter("timeout", "a duration above zero");
  const auto now = with_.now();
  if (path == "query")
    co_return co_await evaluate(
        [&](const SeriesSource& source, const EvaluationLimits& limits) {
          return answer_query(source, parameters, now, limits);
        },
        std::min(*limit, kQueryTimeout));
  if (path == "query_range")
    co_return co_await evaluate(
        [&](const SeriesSource& source, const EvaluationLimits& limits) {
          return answer_query_range(source, parameters, limits);
        },
        std::min(*limit, kQueryTimeout));
  co_return api_error(404, "not_found", fmt::format("/api/v1/{} is not answered here", path));
}

Web::Body Web::body_of(Body text) const {
  if (text->size() < kLargeBody) return text;
  const auto* sent = text.get();
  return {sent, [queries = std::weak_ptr(queries_pool_), text = std::move(text)](const std::string*) mutable {
            const auto pool = queries.lock();
            if (!pool) return;
            asio::post(*pool, [text = std::move(text)]() mutable {
              const bool was_the_last = text.use_count() == 1;
              text.reset();
              if (was_the_last) give_back_free_memory();
            });
          }};
}

asio::awaitable<ApiReply> Web::evaluate(
    std::function<ApiReply(const SeriesSource&, const promql::EvaluationLimits&)> answer, Milliseconds timeout) {
  if (queries_.size() >= kMostQueries)
    co_return api_error(503, "unavailable", "too many queries at once: try again in a moment");
  struct Place {
    Queries& queries;
    Queries::iterator query = queries.insert(queries.end(), std::make_shared<std::atomic<bool>>(false));
    ~Place() { queries.erase(query); }
  };
  const Place place{queries_};
  const auto cancelled = *place.query;
  asio::steady_timer timer(co_await asio::this_coro::executor, timeout);
  timer.async_wait([cancelled](const boost::system::error_code& error) {
    if (!error) cancelled->store(true, std::memory_order_relaxed);
  });
  const promql::EvaluationLimits limits{.cancelled = cancelled.get()};
  auto memory = co_await with_.engine.with([](Engine& engine) { return engine.snapshot(); });
  auto source = with_.history.source(std::move(memory), with_.now());
  co_return co_await offload(with_.queries, [&] {
    // It ends there, too: of what only this snapshot has still, there may be a million series.
    const auto own = std::move(source);
    return answer(own, limits);
  });
}

}  // namespace a2od
