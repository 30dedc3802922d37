// The thin shell around AlertmanagerQueues: writes down what is owed, posts what is due, and says how it went.
#pragma once

#include "collectors/async/task_group.hpp"
#include "collectors/cloud/http_client.hpp"
#include "daemon/notify/alertmanager_queues.hpp"
#include "daemon/notify/receivers/sender.hpp"
#include "daemon/self_metrics.hpp"
#include "daemon/state/state_writer.hpp"
#include "daemon/wake.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <functional>
#include <map>
#include <span>
#include <string>
#include <vector>

namespace a2od {

struct AlertmanagersCollaborators {
  cloud::HttpClient& http;
  Database& database;  ///< until run()
  StateWriter& state;
  boost::asio::any_io_executor pool;
  SelfMetrics& metrics;
  std::function<Timestamp()> now;
};

/// On the event loop.
class Alertmanagers {
 public:
  Alertmanagers(boost::asio::any_io_executor loop, const Config& config, AlertmanagersCollaborators collaborators);

  /// Takes up what an earlier process left; blocks, before the loop runs.
  void restore();

  void receive(std::span<const AlertNotice> notices);
  void reload(const Config& config);

  /// Writes down and sends until cancelled.
  boost::asio::awaitable<void> run(TaskGroup& deliveries);

  [[nodiscard]] std::vector<AlertmanagerStatus> status() const { return queues_.status(); }

 private:
  boost::asio::awaitable<void> commit_owed();
  boost::asio::awaitable<void> deliver(AlertmanagerQueues::Batch batch);
  void publish_metrics();

  AlertmanagersCollaborators with_;
  Sender sender_;
  std::map<std::string, IntegrationConfig> endpoints_;  ///< how each is posted to, by address
  AlertmanagerQueues queues_;
  Wake wake_;
};

}  // namespace a2od
