// The thin shell around Dispatcher and Outbox: commits what they decide, sends it, and tells them how it went.
#pragma once

#include "collectors/async/task_group.hpp"
#include "collectors/cloud/http_client.hpp"
#include "daemon/audit/delivery_events.hpp"
#include "daemon/audit/journal.hpp"
#include "daemon/audit/transitions.hpp"
#include "daemon/notify/dispatcher.hpp"
#include "daemon/notify/drill/drill.hpp"
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
#include <boost/asio/steady_timer.hpp>
#include <boost/uuid/random_generator.hpp>

#include <cstdint>
#include <functional>
#include <map>
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
  Journal& journal;
  boost::asio::any_io_executor pool;
  SelfMetrics& metrics;
  std::function<Timestamp()> now;
  /// Told of alerts that a2od makes beside the rules, as the Alertmanagers are to know of them, too.
  std::function<void(std::span<const AlertNotice>)> pass_on = [](auto) {};
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

  /// Dispatcher::await_rules().
  void await_rules(std::vector<Labels> rules, Timestamp until);

  void receive(std::span<const AlertNotice> notices);
  /// Returns once they are written down, or known not to be for now. False: there are too many alerts already.
  boost::asio::awaitable<bool> receive_from_others(std::vector<AlertNotice> notices);
  void reload(const Config& config, NotificationTemplates templates, std::string external_url);

  /// Silences::set(); returns once it is written down, or known not to be for now.
  boost::asio::awaitable<Result<std::string>> set_silence(Silence silence);
  boost::asio::awaitable<Result<void>> expire_silence(std::string id);
  [[nodiscard]] const Silences& silences() const { return silences_; }

  /// Ends what is being sent and cannot be cancelled; before the deliveries are.
  void cut_off() { sender_.cut_off(); }

  /// Dispatcher::acknowledge(); returns once it is written down, or known not to be for now.
  /// Errors: check_acknowledgement()'s and check_selection()'s. Empty: nothing that is meant fires.
  boost::asio::awaitable<Result<std::vector<AcknowledgedAlert>>> acknowledge(AlertSelection selection,
                                                                             Acknowledgement acknowledgement);
  /// False: it is not acknowledged.
  boost::asio::awaitable<bool> withdraw_acknowledgement(std::string fingerprint);
  [[nodiscard]] std::vector<AcknowledgedAlert> acknowledged() const { return dispatcher_.acknowledged(with_.now()); }

  /// Heartbeats::receive(); returns once it is written down, or known not to be for now.
  boost::asio::awaitable<Result<void>> receive_heartbeat(std::string name, Beat beat);
  /// Heartbeats::vouch_until().
  void vouch_until(Timestamp next_evaluation);
  [[nodiscard]] const Heartbeats& heartbeats() const { return heartbeats_; }

  /// Maintenance::see(); before receive() of what was evaluated then.
  void see_environments(const EnvironmentsSeen& seen);
  [[nodiscard]] const Maintenance& maintenance() const { return maintenance_; }

  /// Shows, or sends, a test alert and its end, one receiver after the other, while run() runs: without an id it gets
  /// one. May take the timeouts of all that are sent to, and a minute and a half more for each end. Errors:
  /// check_drill()'s and plan_drill()'s.
  boost::asio::awaitable<Result<Drill>> drill(DrillRequest request);

  /// Decides, commits and sends until cancelled.
  boost::asio::awaitable<void> run(TaskGroup& deliveries);

  [[nodiscard]] DispatcherView view() const { return dispatcher_.view(with_.now()); }
  [[nodiscard]] const std::vector<ReceiverConfig>& receivers() const { return *receivers_; }
  /// Of alerts that name no end.
  [[nodiscard]] Milliseconds resolve_timeout() const { return resolve_timeout_; }
  [[nodiscard]] std::vector<IntegrationStatus> status() const { return outbox_.status(); }
  /// What is done with an alert of these labels, or would be.
  [[nodiscard]] ExplainedRouting explain(const Labels& labels) const;
  [[nodiscard]] std::vector<Labels> matching(const AlertChoice& choice, std::size_t most) const {
    return dispatcher_.matching(choice, most);
  }
  /// While alerts are logged instead of sent: until when.
  [[nodiscard]] std::optional<Timestamp> learning_until() const;

 private:
  class AwaitedEnd;
  [[nodiscard]] std::vector<AlertNotice> log_what_is_learnt(std::span<const AlertNotice> notices, Timestamp now);
  boost::asio::awaitable<void> commit_changes();
  /// Answers those who wait for what was received so far.
  void settle(std::uint64_t received);
  boost::asio::awaitable<void> commit_silences();
  boost::asio::awaitable<void> commit_acknowledgements();
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
  boost::asio::awaitable<void> send(DrillDelivery& delivery, const IntegrationConfig& config,
                                    const DrillRequest& request);
  boost::asio::awaitable<void> owe(const Message& message);
  void note_end(std::uint64_t id, const DeliveryResult& result, Milliseconds took);
  boost::asio::awaitable<MessageSummary> summarize(const Message& message);
  boost::asio::awaitable<DeliveryResult> try_to_deliver(const Message& message);
  void publish_metrics();
  [[nodiscard]] std::optional<Timestamp> next_wake() const;

  NotifierCollaborators with_;
  std::shared_ptr<const std::vector<ReceiverConfig>> receivers_;
  NotificationTemplates templates_;
  std::string external_url_;
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
  SenderTransitions senders_;
  MaintenanceTransitions maintenance_changes_;
  SilenceTransitions silence_changes_;
  std::uint64_t last_id_ = 0;
  std::uint64_t received_ = 0;  ///< calls of receive()
  std::uint64_t settled_ = 0;   ///< how many of them are written down, or go on from memory
  boost::asio::steady_timer settling_;
  std::map<std::uint64_t, AwaitedEnd*> awaited_ends_;  ///< of drills, by the message's id
  bool running_ = false;                               ///< else there is nobody to wait for
  boost::uuids::random_generator new_uuid_;
  std::optional<Timestamp> next_catch_up_;  ///< set while the state on the disk is an old one
  Wake wake_;
};

}  // namespace a2od
