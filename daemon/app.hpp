// The whole daemon, put together: owns every part, starts them, reloads and stops them.
#pragma once

#include "daemon/audit/journal.hpp"
#include "daemon/audit/transitions.hpp"
#include "daemon/collect/collecting.hpp"
#include "daemon/engine/engine_strand.hpp"
#include "daemon/engine/evaluation_clock.hpp"
#include "daemon/history/history.hpp"
#include "daemon/http/server.hpp"
#include "daemon/load.hpp"
#include "daemon/notify/alertmanagers.hpp"
#include "daemon/notify/notifier.hpp"
#include "daemon/scrape/scraping.hpp"
#include "daemon/service_manager.hpp"
#include "daemon/web/web.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/thread_pool.hpp>

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace a2od {

struct AppOptions {
  std::string config_file;
  Overrides overrides;
};

/// One per process. Everything runs on `io`, which must be run by one thread; what takes long runs on a pool of its
/// own.
class App {
 public:
  /// Opens the state database and the listening socket: throws std::runtime_error that says what is in the way.
  App(boost::asio::io_context& io, AppOptions options, Loaded loaded);
  ~App();
  App(const App&) = delete;
  App& operator=(const App&) = delete;

  /// Starts all parts as tasks on the event loop.
  void start();

  /// Stops accepting and scheduling, ends all tasks and returns; within four seconds, come what may.
  boost::asio::awaitable<void> stop();

  /// Reads all files anew. Empty when they are in force now, else their problems, a line each, and nothing has changed.
  boost::asio::awaitable<std::string> reload();

  [[nodiscard]] boost::asio::ip::tcp::endpoint endpoint() const { return acceptor_.local_endpoint(); }

 private:
  boost::asio::awaitable<std::string> read_anew();
  boost::asio::awaitable<void> evaluate();
  [[nodiscard]] Timestamp read_clock() const;
  [[nodiscard]] StatusPage page() const;
  [[nodiscard]] ServerStatus status() const;
  void restore_series();
  void publish_history_metrics();
  boost::asio::awaitable<void> save(std::vector<GroupAlerts> changed);
  void set_up_web(const WebServerConfig& web);
  void publish_group_metrics(const std::vector<GroupReport>& reports);

  AppOptions options_;
  ServiceManager service_manager_;
  SystemClock clock_;
  mutable EvaluationClock evaluation_clock_;
  std::shared_ptr<const Config> config_;
  std::shared_ptr<const Config> started_with_;
  std::string path_prefix_;
  Timestamp started_;
  Timestamp last_reload_;
  bool reload_successful_ = true;
  SelfMetrics metrics_;
  Database database_;
  boost::asio::thread_pool pool_;
  boost::asio::thread_pool query_pool_;
  boost::asio::thread_pool state_pool_;    ///< one thread: what is owed is written while rules take all others
  boost::asio::thread_pool message_pool_;  ///< one thread: messages are made meanwhile, too
  boost::asio::thread_pool history_pool_;  ///< one thread: a sealing takes long
  Journal journal_;
  RuleTransitions rule_transitions_;
  StateWriter state_;
  cloud::HttpClient http_;
  cloud::HttpClient scrape_http_;  ///< exporters' connections, so that they do not displace those to Microsoft
  TaskGroup refreshes_;
  History history_;
  EngineStrand engine_;
  Notifier notifier_;
  Alertmanagers alertmanagers_;
  Collecting collecting_;
  Scraping scraping_;
  Web web_;
  HttpServer server_;
  boost::asio::ip::tcp::acceptor acceptor_;
  Wake engine_changed_;
  bool ready_ = false;
  std::map<std::pair<std::string, std::string>, GroupAlerts> unsaved_alerts_;  ///< by file and group
  TaskGroup loops_;
  TaskGroup runs_;
  TaskGroup deliveries_;
  TaskGroup sessions_;
};

}  // namespace a2od
