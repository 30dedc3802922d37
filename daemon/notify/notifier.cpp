#include "daemon/notify/notifier.hpp"

#include "config/duration.hpp"
#include "config/matchers.hpp"
#include "config/quote.hpp"
#include "daemon/notify/webhook_body.hpp"
#include "daemon/offload.hpp"
#include "daemon/state/environment_work.hpp"
#include "daemon/state/events.hpp"
#include "daemon/state/flapping.hpp"
#include "daemon/state/heartbeats.hpp"
#include "daemon/state/memory.hpp"
#include "daemon/state/notifications.hpp"
#include "daemon/state/rule_alerts.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/uuid/uuid_io.hpp>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

namespace a2od {

namespace asio = boost::asio;

namespace {

using namespace std::chrono_literals;

constexpr const char* kNotifications = "notifications";
constexpr std::size_t kMostFromOthers = 50'000;
constexpr std::size_t kShortBody = 16UL << 10U;   ///< read within 0.1 ms, where going to the pool takes about as long
constexpr Milliseconds kSilenceRetention = 120h;  ///< Alertmanager's --data.retention

}  // namespace

Notifier::Notifier(asio::any_io_executor loop, const Config& config, NotificationTemplates templates,
                   std::string external_url, NotifierCollaborators collaborators)
    : with_(std::move(collaborators)),
      receivers_(std::make_shared<const std::vector<ReceiverConfig>>(config.receivers)),
      templates_(std::move(templates)),
      external_url_(std::move(external_url)),
      resolve_timeout_(config.global.resolve_timeout),
      first_start_(first_start(with_.database, with_.now())),
      learning_(first_start_ + config.learning),
      maintenance_(config.maintenance, config.time_intervals),
      heartbeats_(heartbeat_options(config, external_url_), with_.now()),
      flapping_(config.flapping, config.global.resolve_timeout),
      dispatcher_(routing_of(config), {.external_url = external_url_,
                                       .resolve_timeout = config.global.resolve_timeout,
                                       .silences = &silences_,
                                       .maintenance = &maintenance_}),
      sender_(with_.http, with_.pool, with_.now),
      settling_(loop, asio::steady_timer::time_point::max()),
      wake_(loop) {
  outbox_.set_receivers(*receivers_);
}

void Notifier::restore(Timestamp hold_until) {
  const auto now = with_.now();
  silences_.restore(load_silences(with_.database));
  flapping_.restore(load_flapping(with_.database), now);
  maintenance_.restore(load_environment_work(with_.database), now);
  heartbeats_.restore(load_heartbeats(with_.database), now);
  silence_changes_.restore(silences_, newest_event(with_.database).value_or(now));
  auto saved = load_dispatcher(with_.database);
  senders_.restore(saved.alerts, load_rule_alerts(with_.database), hold_until);
  const auto set_back = dispatcher_.restore(std::move(saved), now);
  dispatcher_.hold_until(hold_until);
  auto messages = load_outbox(with_.database);
  if (set_back > Milliseconds(0)) {
    spdlog::warn("the clock was set back by {} or more while a2od was away", format_duration(set_back));
    // How long each was to wait is not known any more.
    for (auto& message : messages) message.next_try = std::min(message.next_try, now);
  }
  outbox_.add(std::move(messages), now);
  last_id_ = last_message_id(with_.database);
}

asio::awaitable<bool> Notifier::receive_from_others(std::vector<AlertNotice> notices) {
  if (dispatcher_.size() + notices.size() > kMostFromOthers) co_return false;
  for (auto& notice : notices) notice.from_others = true;
  with_.journal.record(senders_.receive(notices, resolve_timeout_, with_.now()));
  receive(notices);
  const auto mine = received_;
  while (running_ && settled_ < mine) co_await settling_.async_wait(asio::as_tuple(asio::use_awaitable));
  co_return true;
}

void Notifier::await_rules(std::vector<Labels> rules, Timestamp until) {
  dispatcher_.await_rules(std::move(rules), until, with_.now());
  wake_.call();
}

void Notifier::receive(std::span<const AlertNotice> notices) {
  const auto now = with_.now();
  if (notices.empty() || (receivers_->empty() && !learning_.active(now))) return;
  if (learning_.active(now)) {
    tell_dispatcher(log_what_is_learnt(notices, now), now);
  } else {
    tell_dispatcher(notices, now);
  }
  ++received_;
  wake_.call();
}

/// What remains to be told: alerts that receivers heard of before the learning began.
std::vector<AlertNotice> Notifier::log_what_is_learnt(std::span<const AlertNotice> notices, Timestamp now) {
  std::vector<AlertNotice> told;
  std::vector<AlertNotice> learnt;
  for (const auto& notice : notices) (dispatcher_.knows(notice.labels) ? told : learnt).push_back(notice);
  for (const auto& line : learning_.news(learnt, now)) spdlog::warn("learning, not sent: {}", line);
  return told;
}

std::optional<Timestamp> Notifier::learning_until() const {
  if (!learning_.active(with_.now())) return {};
  return learning_.until();
}

ExplainedRouting Notifier::explain(const Labels& labels) const {
  auto routing = dispatcher_.explain(labels, with_.now());
  routing.learning_until = learning_until();
  for (auto& route : routing.routes) route.outbox = outbox_.explain(route.group);
  return routing;
}

void Notifier::reload(const Config& config, NotificationTemplates templates, std::string external_url) {
  templates_ = std::move(templates);
  external_url_ = std::move(external_url);
  receivers_ = std::make_shared<const std::vector<ReceiverConfig>>(config.receivers);
  resolve_timeout_ = config.global.resolve_timeout;
  learning_.set_until(first_start_ + config.learning);
  flapping_.set_config(config.flapping, config.global.resolve_timeout);
  maintenance_.set_config(config.maintenance, config.time_intervals);
  heartbeats_.set_options(heartbeat_options(config, external_url_), with_.now());
  dispatcher_.set_routing(routing_of(config), config.global.resolve_timeout, external_url_, with_.now());
  outbox_.set_receivers(*receivers_);
  wake_.call();
}

asio::awaitable<void> Notifier::run(TaskGroup& deliveries) {
  running_ = true;
  for (;;) {
    with_.journal.record(senders_.advance(with_.now()));
    with_.journal.record(silence_changes_.advance(silences_, with_.now()));
    silences_.forget_expired(kSilenceRetention, with_.now());
    co_await commit_silences();
    co_await commit_heartbeats();
    co_await commit_maintenance();
    co_await commit_flapping();
    co_await commit_changes();
    co_await catch_up();
    for (auto& message : outbox_.take_due(with_.now())) {
      auto name = "deliver to " + message.to.receiver;
      deliveries.spawn(std::move(name), deliver(std::move(message)));
    }
    publish_metrics();
    std::optional<std::chrono::steady_clock::duration> pause;
    if (const auto next = next_wake()) pause = std::max(Milliseconds{0}, *next - with_.now());
    co_await wake_.sleep(pause);
  }
}

/// What is decided and what became of messages, in one transaction: a delivery that is forgotten while a later one is
/// not would send an old state after a new one.
asio::awaitable<void> Notifier::commit_changes() {
  const auto received = received_;
  auto decisions = dispatcher_.advance(with_.now());
  add_heartbeats_to(decisions.messages);
  for (auto& message : decisions.messages) message.id = ++last_id_;
  for (const auto& taken : decisions.escalations) with_.journal.record(escalation_event(taken, with_.now()));
  outbox_.add(decisions.messages, with_.now());
  const auto outcomes = outbox_.take_changes();
  for (const auto& [message, reason] : outcomes.dropped) with_.journal.record(drop_event(message, reason, with_.now()));
  if (!next_catch_up_ && !(decisions.empty() && outcomes.empty())) {
    const bool written =
        co_await with_.state.write(kNotifications, [&](Database& database) { commit(database, decisions, outcomes); });
    if (!written) next_catch_up_ = with_.now() + kBetweenCommits;
  }
  settle(received);
}

void Notifier::settle(std::uint64_t received) {
  settled_ = received;
  settling_.cancel();
}

asio::awaitable<void> Notifier::commit_silences() {
  // While all is written down as it was a moment ago, what changes meanwhile waits.
  if (next_catch_up_) co_return;
  const auto changes = silences_.take_changes();
  if (changes.empty()) co_return;
  with_.journal.record(silence_changes_.update(changes, with_.now()));
  const bool written =
      co_await with_.state.write(kNotifications, [&](Database& database) { commit(database, changes); });
  if (!written) next_catch_up_ = with_.now() + kBetweenCommits;
}

asio::awaitable<Result<std::string>> Notifier::set_silence(Silence silence) {
  auto id = silences_.set(std::move(silence), boost::uuids::to_string(new_uuid_()), with_.now());
  if (!id) co_return id;
  co_await commit_silences();
  const auto& taken = *silences_.find(*id);
  spdlog::info("silence {} by {}: {} until {}", *id, quote(taken.created_by), quote(matchers_text(taken.matchers)),
               go_time(taken.ends_at));
  wake_.call();
  co_return id;
}

asio::awaitable<Result<void>> Notifier::expire_silence(std::string id) {
  auto expired = silences_.expire(id, with_.now());
  if (!expired) co_return expired;
  co_await commit_silences();
  spdlog::info("silence {} expired before its time", id);
  wake_.call();
  co_return Result<void>();
}

asio::awaitable<Result<std::vector<AcknowledgedAlert>>> Notifier::acknowledge(AlertSelection selection,
                                                                              Acknowledgement acknowledgement) {
  if (auto checked = check_selection(selection); !checked) co_return std::unexpected(checked.error());
  if (auto checked = check_acknowledgement(acknowledgement); !checked) co_return std::unexpected(checked.error());
  auto taken = dispatcher_.acknowledge(selection, acknowledgement, with_.now());
  co_await commit_acknowledgements();
  for (const auto& alert : taken) {
    with_.journal.record({with_.now(),
                          "ack.created",
                          alert.labels,
                          {{"fingerprint", alert.fingerprint},
                           {"owner", acknowledgement.owner},
                           {"comment", acknowledgement.comment},
                           {"expires_at", go_time(acknowledgement.expires_at)}}});
    spdlog::info("alert {} {} is acknowledged by {} until {}", alert.fingerprint, alert.labels.to_string(),
                 quote(acknowledgement.owner), go_time(acknowledgement.expires_at));
  }
  wake_.call();
  co_return taken;
}

asio::awaitable<bool> Notifier::withdraw_acknowledgement(std::string fingerprint) {
  const auto before = dispatcher_.acknowledged(with_.now());
  if (!dispatcher_.withdraw_acknowledgement(fingerprint, with_.now())) co_return false;
  const auto removed = std::ranges::find(before, fingerprint, &AcknowledgedAlert::fingerprint);
  if (removed != before.end())
    with_.journal.record({with_.now(),
                          "ack.removed",
                          removed->labels,
                          {{"fingerprint", fingerprint}, {"owner", removed->acknowledgement.owner}}});
  co_await commit_acknowledgements();
  spdlog::info("alert {} is not acknowledged any more", fingerprint);
  wake_.call();
  co_return true;
}

asio::awaitable<void> Notifier::commit_acknowledgements() {
  // While all is written down as it was a moment ago, what changes meanwhile waits.
  if (next_catch_up_) co_return;
  const auto changes = dispatcher_.take_changes();
  if (changes.empty()) co_return;
  const bool written =
      co_await with_.state.write(kNotifications, [&](Database& database) { commit(database, changes); });
  if (!written) next_catch_up_ = with_.now() + kBetweenCommits;
}

asio::awaitable<void> Notifier::catch_up() {
  if (!next_catch_up_ || *next_catch_up_ > with_.now()) co_return;
  const NotificationState all{dispatcher_.state(), outbox_.messages(), silences_.all()};
  const bool written = co_await with_.state.write(kNotifications, [&](Database& database) { replace(database, all); });
  next_catch_up_ = written ? std::nullopt : std::optional(with_.now() + kBetweenCommits);
}

asio::awaitable<void> Notifier::deliver(Message message) {
  const auto id = message.id;
  const auto receiver = message.to.receiver;
  const auto group = message.group_key;
  const auto summary = co_await summarize(message);
  const auto started = std::chrono::steady_clock::now();
  const auto result = co_await try_to_deliver(message);
  const auto took = std::chrono::floor<Milliseconds>(std::chrono::steady_clock::now() - started);
  with_.journal.record(delivery_event(message, summary, result, took, with_.now()));
  note_end(id, result, took);
  outbox_.finish(id, result, with_.now());
  if (classify(result) == Verdict::delivered) {
    dispatcher_.delivered(message.to, group, with_.now());
    spdlog::debug("receiver '{}' took message {}", receiver, id);
  } else {
    spdlog::warn("receiver '{}', {}: {}: {}; {}", receiver, describe(message.to), group, describe(result),
                 classify(result) == Verdict::refused ? "the message is dropped, as it would be refused again"
                                                      : "it is kept and tried again");
  }
  wake_.call();
}

asio::awaitable<MessageSummary> Notifier::summarize(const Message& message) {
  if (message.body.size() <= kShortBody) co_return summary_of(message);
  co_return co_await offload(with_.pool, [&] { return summary_of(message); });
}

asio::awaitable<DeliveryResult> Notifier::try_to_deliver(const Message& message) {
  const auto receivers = receivers_;
  const auto* integration = find_integration(*receivers, message.to);
  if (integration == nullptr)
    co_return DeliveryResult{.error = "the receiver is not configured any more", .unusable = true};
  co_return co_await sender_.send(message, *integration, templates_);
}

std::optional<Timestamp> Notifier::next_wake() const {
  std::optional<Timestamp> next;
  for (const auto& wake :
       {dispatcher_.next_wake(), outbox_.next_wake(), next_catch_up_, senders_.next_wake(),
        silence_changes_.next_wake(), heartbeats_.next_wake(with_.now()), next_heartbeat_catch_up_, next_work_saving(),
        maintenance_.next_wake(with_.now()), flapping_.next_wake(), next_flapping_saving_})
    if (wake) next = std::min(next.value_or(*wake), *wake);
  return next;
}

void Notifier::publish_metrics() {
  publish_heartbeat_metrics();
  with_.metrics.set("a2od_learning", {}, learning_until() ? 1 : 0);
  for (const auto& [receiver, counters] : outbox_.counters()) {
    with_.metrics.count_to("a2od_notifications_total", {{"receiver", receiver}}, counters.attempts);
    for (const auto& [reason, count] : counters.failed)
      with_.metrics.count_to("a2od_notifications_failed_total",
                             {{"receiver", receiver}, {"reason", std::string(reason)}}, count);
    for (const auto& [reason, count] : counters.dropped)
      with_.metrics.count_to("a2od_notifications_dropped_total",
                             {{"receiver", receiver}, {"reason", std::string(reason)}}, count);
  }
  std::map<std::string, std::pair<std::size_t, bool>> by_receiver;
  for (const auto& status : outbox_.status()) {
    auto& [messages, misconfigured] = by_receiver[status.integration.receiver];
    messages += status.messages;
    misconfigured = misconfigured || status.misconfigured;
    if (status.oldest)
      with_.metrics.set("a2od_notification_outbox_oldest_timestamp_seconds",
                        {{"receiver", status.integration.receiver}},
                        std::chrono::duration<double>(status.oldest->time_since_epoch()).count());
  }
  for (const auto& [receiver, state] : by_receiver) {
    with_.metrics.set("a2od_notification_outbox_messages", {{"receiver", receiver}}, static_cast<double>(state.first));
    with_.metrics.set("a2od_receiver_misconfigured", {{"receiver", receiver}}, state.second ? 1 : 0);
  }
}

}  // namespace a2od
