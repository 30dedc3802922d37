// Everything that a2od answers over HTTP.
#pragma once

#include "daemon/engine/engine_strand.hpp"
#include "daemon/history/history.hpp"
#include "daemon/http/server.hpp"
#include "daemon/notify/notifier.hpp"
#include "daemon/web/api/parameters.hpp"
#include "daemon/web/api/reply.hpp"
#include "daemon/web/api/status.hpp"
#include "daemon/web/basic_auth.hpp"
#include "daemon/web/status_page.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace a2od {

/// Each function is called on the event loop.
struct WebCollaborators {
  EngineStrand& engine;
  History& history;
  Notifier& notifier;
  boost::asio::any_io_executor pool;
  /// Of its own, so that long queries hold up nothing else.
  boost::asio::any_io_executor queries;
  std::function<Timestamp()> now;
  /// The system's clock, as those who post alerts and silences know it, and what `now` is when it shows a time.
  std::function<Timestamp()> wall;
  std::function<Timestamp(Timestamp)> when;
  /// Whether every rule group has been evaluated, or may be.
  std::function<bool()> ready;
  /// Targets, receivers and what else of the page is not the engine's.
  std::function<StatusPage()> page;
  /// Empty when the new configuration is in force, else its problems, a line each.
  std::function<boost::asio::awaitable<std::string>()> reload;
  std::function<ServerStatus()> status;
  /// What collectors and the daemon declare; used at once, so the views must live until the caller returns.
  std::function<std::vector<Metric>()> metrics;
  std::function<std::map<std::string, std::string>()> external_labels;
  /// The path of the external URL, "/a2od", under which a proxy may hand on requests as they are; empty without.
  std::function<std::string()> path_prefix;
  /// Folders in which `<AlertName>.md` may stand.
  std::function<std::vector<std::filesystem::path>()> runbook_folders;
  std::filesystem::path state_file;  ///< where events are read from
};

class Web {
 public:
  explicit Web(WebCollaborators collaborators)
      : with_(std::move(collaborators)),
        queries_pool_(std::make_shared<const boost::asio::any_io_executor>(with_.queries)) {}

  void set_users(BasicAuth auth) { auth_ = std::move(auth); }

  boost::asio::awaitable<HttpReply> handle(HttpRequest request);

  /// Those under way are answered as if their time were over.
  void cancel_queries();

 private:
  static constexpr Milliseconds kQueryTimeout = std::chrono::minutes(2);

  boost::asio::awaitable<HttpReply> answer(HttpRequest request);
  boost::asio::awaitable<bool> authorized(const HttpRequest& request);
  boost::asio::awaitable<HttpReply> metrics(const HttpRequest& request);
  boost::asio::awaitable<HttpReply> front_page();
  boost::asio::awaitable<HttpReply> runbook(std::string name);
  boost::asio::awaitable<HttpReply> graph(const HttpRequest& request);
  boost::asio::awaitable<HttpReply> reload(const HttpRequest& request);
  boost::asio::awaitable<HttpReply> federate(const HttpRequest& request);
  boost::asio::awaitable<HttpReply> api(const HttpRequest& request, std::string_view path);
  boost::asio::awaitable<HttpReply> acknowledgements(const HttpRequest& request, std::string_view path);
  boost::asio::awaitable<HttpReply> heartbeat(const HttpRequest& request, std::string_view path);
  boost::asio::awaitable<HttpReply> api_v2(const HttpRequest& request, std::string_view path);
  boost::asio::awaitable<HttpReply> change_v2(const HttpRequest& request, std::string_view path);
  [[nodiscard]] static std::optional<HttpReply> refused_change(const HttpRequest& request);
  boost::asio::awaitable<HttpReply> drill(const HttpRequest& request);
  boost::asio::awaitable<ApiReply> explain(const Parameters& parameters);
  boost::asio::awaitable<HttpReply> events(const Parameters& parameters);
  boost::asio::awaitable<ApiReply> answer_from_series(std::string_view path, const Parameters& parameters);
  /// On the queries' pool, on a snapshot, cancelled after the timeout; refused while too many are at it.
  boost::asio::awaitable<ApiReply> evaluate(
      std::function<ApiReply(const SeriesSource&, const promql::EvaluationLimits&)> answer,
      Milliseconds timeout = kQueryTimeout);

  /// A large one never goes back to the system on the event loop.
  using Body = std::shared_ptr<const std::string>;
  [[nodiscard]] Body body_of(Body text) const;
  [[nodiscard]] Body body_of(std::string text) const {
    return body_of(std::make_shared<const std::string>(std::move(text)));
  }

  WebCollaborators with_;
  std::shared_ptr<const boost::asio::any_io_executor> queries_pool_;  ///< replies may outlive it
  BasicAuth auth_;
  using Queries = std::list<std::shared_ptr<std::atomic<bool>>>;  ///< under way; true: to be given up
  Queries queries_;
  std::size_t drills_ = 0;  ///< under way
};

}  // namespace a2od
