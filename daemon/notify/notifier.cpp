#include "daemon/notify/notifier.hpp"

#include "config/matchers.hpp"
#include "config/quote.hpp"
#include "daemon/notify/webhook_body.hpp"
#include "daemon/state/environment_work.hpp"
#include "daemon/state/flapping.hpp"
#include "daemon/state/heartbeats.hpp"
#include "daemon/state/memory.hpp"
#include "daemon/state/notifications.hpp"

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
constexpr Milliseconds kSilenceRetention = 120h;  ///< Alertmanager's --data.retention

}  // namespace

Notifier::Notifier(asio::any_io_executor loop, const Config& config, NotificationTemplates templates,
                   std::string external_url, NotifierCollaborators collaborators)
    : with_(std::move(collaborators)),
      receivers_(std::make_shared<const std::vector<ReceiverConfig>>(config.receivers)),
      templates_(std::move(templates)),
      resolve_timeout_(config.global.resolve_timeout),
      first_start_(first_start(with_.database, with_.now())),
      learning_(first_start_ + config.learning),
      maintenance_(config.maintenance, config.time_intervals),
      heartbeats_(heartbeat_options(config, external_url), with_.now()),
      flapping_(config.flapping, config.global.resolve_timeout),
      dispatcher_(routing_of(config), {.external_url = std::move(external_url),
                                       .resolve_timeout = config.global.resolve_timeout,
                                       .silences = &silences_,
                                       .maintenance = &maintenance_}),
      sender_(with_.http, with_.pool, with_.now),
      wake_(loop) {
  outbox_.set_receivers(*receivers_);
}

void Notifier::restore(Timestamp hold_until) {
  const auto now = with_.now();
  silences_.restore(load_silences(with_.database));
  flapping_.restore(load_flapping(with_.database), now);
  maintenance_.restore(load_environment_work(with_.database), now);
  heartbeats_.restore(load_heartbeats(with_.database), now);
  dispatcher_.restore(load_dispatcher(with_.database), now);
  dispatcher_.hold_until(hold_until);
  outbox_.add(load_outbox(with_.database), now);
  last_id_ = last_message_id(with_.database);
}

bool Notifier::receive_from_others(std::span<const AlertNotice> notices) {
  if (dispatcher_.size() + notices.size() > kMostFromOthers) return false;
  receive(notices);
  return true;
}

void Notifier::receive(std::span<const AlertNotice> notices) {
  const auto now = with_.now();
  if (notices.empty() || (receivers_->empty() && !learning_.active(now))) return;
  if (learning_.active(now)) {
    tell_dispatcher(log_what_is_learnt(notices, now), now);
  } else {
    tell_dispatcher(notices, now);
  }
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

void Notifier::reload(const Config& config, NotificationTemplates templates, std::string external_url) {
  templates_ = std::move(templates);
  receivers_ = std::make_shared<const std::vector<ReceiverConfig>>(config.receivers);
  resolve_timeout_ = config.global.resolve_timeout;
  learning_.set_until(first_start_ + config.learning);
  flapping_.set_config(config.flapping, config.global.resolve_timeout);
  maintenance_.set_config(config.maintenance, config.time_intervals);
  heartbeats_.set_options(heartbeat_options(config, external_url), with_.now());
  dispatcher_.set_routing(routing_of(config), config.global.resolve_timeout, std::move(external_url), with_.now());
  outbox_.set_receivers(*receivers_);
  wake_.call();
}

asio::awaitable<void> Notifier::run(TaskGroup& deliveries) {
  for (;;) {
    silences_.forget_expired(kSilenceRetention, with_.now());
    co_await commit_silences();
    co_await commit_heartbeats();
    co_await commit_maintenance();
    co_await commit_flapping();
    co_await commit_decisions();
    co_await commit_outbox();
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

asio::awaitable<void> Notifier::commit_decisions() {
  auto changes = dispatcher_.advance(with_.now());
  add_heartbeats_to(changes.messages);
  if (changes.empty()) co_return;
  for (auto& message : changes.messages) message.id = ++last_id_;
  if (!next_catch_up_) {
    const bool written =
        co_await with_.state.write(kNotifications, [&](Database& database) { commit(database, changes); });
    if (!written) next_catch_up_ = with_.now() + kBetweenCommits;
  }
  outbox_.add(std::move(changes.messages), with_.now());
}

asio::awaitable<void> Notifier::commit_outbox() {
  // A delivery that is forgotten while a later one is not would send an old state after a new one: the order matters.
  const auto changes = outbox_.take_changes();
  if (changes.empty() || next_catch_up_) co_return;
  const bool written =
      co_await with_.state.write(kNotifications, [&](Database& database) { commit(database, changes); });
  if (!written) next_catch_up_ = with_.now() + kBetweenCommits;
}

asio::awaitable<void> Notifier::commit_silences() {
  // While all is written down as it was a moment ago, what changes meanwhile waits.
  if (next_catch_up_) co_return;
  const auto changes = silences_.take_changes();
  if (changes.empty()) co_return;
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
  const auto result = co_await try_to_deliver(message);
  outbox_.finish(id, result, with_.now());
  if (classify(result) == Verdict::delivered) {
    dispatcher_.delivered(message.to, group, with_.now());
    spdlog::debug("receiver '{}' took message {}", receiver, id);
  } else {
    spdlog::warn("receiver '{}': {}: {}; {}", receiver, group, describe(result),
                 classify(result) == Verdict::refused ? "the message is dropped, as it would be refused again"
                                                      : "it is kept and tried again");
  }
  wake_.call();
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
       {dispatcher_.next_wake(), outbox_.next_wake(), next_catch_up_, heartbeats_.next_wake(with_.now()),
        next_heartbeat_catch_up_, next_work_saving(), flapping_.next_wake(), next_flapping_saving_})
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
