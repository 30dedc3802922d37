// The thin shell around Dispatcher and Outbox: commits what they decide, sends it, and tells them how it went.
#pragma once

#include "collectors/async/task_group.hpp"
#include "collectors/cloud/http_client.hpp"
#include "daemon/notify/dispatcher.hpp"
#include "daemon/notify/flapping.hpp"
#include "daemon/notify/heartbeats.hpp"
#include "daemon/notify/learning.hpp"
#include "daemon/notify/maintenance.hpp"
#include "daemon/notify/outbox.hpp"
#include "daemon/notify/receivers/sender.hpp"
#include "daemon/notify/silences.hpp"
#include "daemon/self_metrics.hpp"
#include "daemon/state/state_writer.hpp"
#include "daemon/wake.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/uuid/random_generator.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

namespace a2od {

struct NotifierCollaborators {
  cloud::HttpClient& http;
  Database& database;  ///< until run()
  StateWriter& state;
  boost::asio::any_io_executor pool;
  SelfMetrics& metrics;
  std::function<Timestamp()> now;
};

[[nodiscard]] HeartbeatOptions heartbeat_options(const Config& config, const std::string& external_url);

/// On the event loop. Nothing is sent before it is durable, unless the disk cannot be written: then messages go on from
/// memory, and all that is owed is written once it can be.
class Notifier {
 public:
  static constexpr Milliseconds kBetweenCommits = std::chrono::seconds(5);  ///< where one has failed

  Notifier(boost::asio::any_io_executor loop, const Config& config, NotificationTemplates templates,
           std::string external_url, NotifierCollaborators collaborators);

  /// Takes up what an earlier process left; blocks, before the loop runs.
  void restore(Timestamp hold_until);

  void receive(std::span<const AlertNotice> notices);
  /// False: there are too many alerts already.
  [[nodiscard]] bool receive_from_others(std::span<const AlertNotice> notices);
  void reload(const Config& config, NotificationTemplates templates, std::string external_url);

  /// Silences::set(); returns once it is written down, or known not to be for now.
  boost::asio::awaitable<Result<std::string>> set_silence(Silence silence);
  boost::asio::awaitable<Result<void>> expire_silence(std::string id);
  [[nodiscard]] const Silences& silences() const { return silences_; }

  /// Heartbeats::receive(); returns once it is written down, or known not to be for now.
  boost::asio::awaitable<Result<void>> receive_heartbeat(std::string name, Beat beat);
  /// Heartbeats::vouch_until().
  void vouch_until(Timestamp next_evaluation);
  [[nodiscard]] const Heartbeats& heartbeats() const { return heartbeats_; }

  /// Maintenance::see(); before receive() of what was evaluated then.
  void see_environments(const EnvironmentsSeen& seen);
  [[nodiscard]] const Maintenance& maintenance() const { return maintenance_; }

  /// Decides, commits and sends until cancelled.
  boost::asio::awaitable<void> run(TaskGroup& deliveries);

  [[nodiscard]] DispatcherView view() const { return dispatcher_.view(with_.now()); }
  [[nodiscard]] const std::vector<ReceiverConfig>& receivers() const { return *receivers_; }
  /// Of alerts that name no end.
  [[nodiscard]] Milliseconds resolve_timeout() const { return resolve_timeout_; }
  [[nodiscard]] std::vector<IntegrationStatus> status() const { return outbox_.status(); }
  /// While alerts are logged instead of sent: until when.
  [[nodiscard]] std::optional<Timestamp> learning_until() const;

 private:
  [[nodiscard]] std::vector<AlertNotice> log_what_is_learnt(std::span<const AlertNotice> notices, Timestamp now);
  boost::asio::awaitable<void> commit_decisions();
  boost::asio::awaitable<void> commit_outbox();
  boost::asio::awaitable<void> commit_silences();
  /// Tells what is missing, and writes down what came.
  boost::asio::awaitable<void> commit_heartbeats();
  boost::asio::awaitable<void> commit_maintenance();
  void tell_dispatcher(std::span<const AlertNotice> notices, Timestamp now);
  boost::asio::awaitable<void> commit_flapping();
  [[nodiscard]] std::optional<Timestamp> next_work_saving() const;
  void add_heartbeats_to(std::vector<Message>& messages);
  void publish_heartbeat_metrics();
  /// What could not be written for a while, as a whole; tried again every few seconds.
  boost::asio::awaitable<void> catch_up();
  boost::asio::awaitable<void> deliver(Message message);
  boost::asio::awaitable<DeliveryResult> try_to_deliver(const Message& message);
  void publish_metrics();
  [[nodiscard]] std::optional<Timestamp> next_wake() const;

  NotifierCollaborators with_;
  std::shared_ptr<const std::vector<ReceiverConfig>> receivers_;
  NotificationTemplates templates_;
  Milliseconds resolve_timeout_;
  Timestamp first_start_;
  Learning learning_;
  Silences silences_;
  Maintenance maintenance_;
  std::optional<std::vector<EnvironmentWork>> unsaved_work_;
  Timestamp next_work_saving_{};  ///< later where the last has failed
  Heartbeats heartbeats_;
  std::optional<Timestamp> next_heartbeat_catch_up_;  ///< set while those on the disk are old ones
  std::set<std::string> measured_heartbeats_;         ///< names in the metrics
  Flapping flapping_;
  std::optional<Timestamp> next_flapping_saving_;  ///< set where the last has failed
  Dispatcher dispatcher_;
  Outbox outbox_;
  Sender sender_;
  std::uint64_t last_id_ = 0;
  boost::uuids::random_generator new_uuid_;
  std::optional<Timestamp> next_catch_up_;  ///< set while the state on the disk is an old one
  Wake wake_;
};

}  // namespace a2od
