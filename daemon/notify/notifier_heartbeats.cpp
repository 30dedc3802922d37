// The notifier's part in dead man's switches: what comes is written down before it is answered, what is missing is told
// as rules tell it.
#include "daemon/notify/notifier.hpp"
#include "daemon/state/heartbeats.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace a2od {

namespace asio = boost::asio;

namespace {

constexpr const char* kHeartbeats = "heartbeats";

}  // namespace

HeartbeatOptions heartbeat_options(const Config& config, const std::string& external_url) {
  return {.config = config.heartbeats, .external_labels = config.rules.external_labels, .external_url = external_url};
}

asio::awaitable<Result<void>> Notifier::receive_heartbeat(std::string name, Beat beat) {
  auto received = heartbeats_.receive(name, std::move(beat), with_.now());
  if (!received) co_return received;
  co_await commit_heartbeats();
  wake_.call();
  co_return received;
}

void Notifier::vouch_until(Timestamp next_evaluation) {
  const auto now = with_.now();
  const auto before = heartbeats_.next_wake(now);
  heartbeats_.vouch_until(next_evaluation);
  if (heartbeats_.next_wake(now) != before) wake_.call();
}

asio::awaitable<void> Notifier::commit_heartbeats() {
  const auto notices = heartbeats_.advance(with_.now());
  with_.journal.record(senders_.receive(notices, resolve_timeout_, with_.now()));
  receive(notices);
  with_.pass_on(notices);
  if (next_heartbeat_catch_up_) {
    if (*next_heartbeat_catch_up_ > with_.now()) co_return;
    const auto all = heartbeats_.saved(with_.now());
    (void)heartbeats_.take_changes(with_.now());
    const bool written = co_await with_.state.write(kHeartbeats, [&](Database& database) { replace(database, all); });
    next_heartbeat_catch_up_ = written ? std::nullopt : std::optional(with_.now() + kBetweenCommits);
    co_return;
  }
  const auto changes = heartbeats_.take_changes(with_.now());
  if (changes.empty()) co_return;
  const bool written = co_await with_.state.write(kHeartbeats, [&](Database& database) { commit(database, changes); });
  if (!written) next_heartbeat_catch_up_ = with_.now() + kBetweenCommits;
}

void Notifier::add_heartbeats_to(std::vector<Message>& messages) {
  auto due = heartbeats_.take_due(*receivers_, with_.now());
  std::ranges::move(due, std::back_inserter(messages));
}

void Notifier::publish_heartbeat_metrics() {
  const auto seconds = [](Timestamp time) { return std::chrono::duration<double>(time.time_since_epoch()).count(); };
  auto gone = std::exchange(measured_heartbeats_, {});
  for (const auto& heartbeat : heartbeats_.incoming(with_.now())) {
    const SelfMetrics::LabelMap labels{{"heartbeat", heartbeat.config->name}};
    const auto& state = *heartbeat.state;
    with_.metrics.set("a2od_heartbeat_missing", labels, state.missing_since ? 1 : 0);
    with_.metrics.set("a2od_heartbeat_failed", labels, state.failed_since ? 1 : 0);
    if (state.last) with_.metrics.set("a2od_heartbeat_last_timestamp_seconds", labels, seconds(*state.last));
    if (heartbeat.due) with_.metrics.set("a2od_heartbeat_due_timestamp_seconds", labels, seconds(*heartbeat.due));
    gone.erase(heartbeat.config->name);
    measured_heartbeats_.insert(heartbeat.config->name);
  }
  for (const auto& name : gone) with_.metrics.remove({{"heartbeat", name}});
}

}  // namespace a2od
