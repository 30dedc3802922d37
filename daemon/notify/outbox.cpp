#include "daemon/notify/outbox.hpp"

#include "daemon/notify/webhook_body.hpp"

#include <algorithm>
#include <utility>

namespace a2od {
namespace {

ReceiverCounters all_at_zero() {
  ReceiverCounters counters;
  for (const auto reason : kFailureReasons) counters.failed[reason] = 0;
  for (const auto reason : kDropReasons) counters.dropped[reason] = 0;
  return counters;
}

/// What two undelivered messages of a group come to: the newer one, with what only the older says, and its history.
Message merged(Message older, Message newer, std::uint64_t max_alerts) {
  newer.body = merge_bodies(older.body, newer.body, max_alerts);
  newer.created = std::min(older.created, newer.created);
  newer.attempts = std::max(older.attempts, newer.attempts);
  newer.next_try = std::max(older.next_try, newer.next_try);
  if (newer.last_error.empty()) newer.last_error = std::move(older.last_error);
  return newer;
}

}  // namespace

Outbox::Outbox(OutboxOptions options) : options_(options) {}

void Outbox::set_receivers(std::span<const ReceiverConfig> receivers) {
  auto former = std::exchange(queues_, {});
  for (const auto& receiver : receivers) {
    counters_.try_emplace(receiver.name, all_at_zero());
    const auto integrations = integrations_of(receiver);
    for (std::size_t i = 0; i < integrations.size(); ++i) {
      const auto& to = integrations[i];
      auto kept = former.extract(to);
      auto& queue = kept ? queues_.insert(std::move(kept)).position->second : queues_[to];
      const bool changed = queue.config != receiver.integrations[i];
      queue.config = receiver.integrations[i];
      if (changed || queue.misconfigured) retry_at_once(queue);
    }
  }
  for (auto& [to, queue] : former) {
    for (const auto& [key, message] : queue.waiting) drop(message, "receiver_removed");
    for (const auto& [id, flight] : queue.in_flight) drop(flight.message, "receiver_removed");
  }
}

void Outbox::add(std::vector<Message> messages, Timestamp now) {
  for (auto& message : messages) {
    const auto found = queues_.find(message.to);
    if (found == queues_.end()) {
      drop(message, "receiver_removed");
      continue;
    }
    auto& queue = found->second;
    // The clock may have been set back while nobody was there.
    message.next_try = std::min(message.next_try, now + options_.max_retry_after);
    // Tried before a restart: whatever it was told to wait for, the receiver as a whole was told.
    if (message.attempts > 0) queue.paused_until = std::max(queue.paused_until, message.next_try);
    enqueue(queue, std::move(message));
    enforce_limits(queue, now);
  }
}

void Outbox::enqueue(Queue& queue, Message message) {
  if (const auto found = queue.waiting.find(message.group_key); found != queue.waiting.end()) {
    auto other = dequeue(queue, found->second.id);
    if (other.id > message.id) std::swap(other, message);
    removed(other.id);
    message = merged(std::move(other), std::move(message), most_alerts(queue.config));
    rewritten_.insert_or_assign(message.id, message);
  }
  queue.order.emplace(message.next_try, message.id);
  queue.group_of.emplace(message.id, message.group_key);
  queue.owed_since.insert(message.created);
  auto key = message.group_key;
  queue.waiting.emplace(std::move(key), std::move(message));
}

Message Outbox::dequeue(Queue& queue, std::uint64_t id) {
  const auto group = queue.group_of.extract(id);
  auto message = std::move(queue.waiting.extract(group.mapped()).mapped());
  queue.order.erase({message.next_try, id});
  queue.owed_since.extract(message.created);
  return message;
}

void Outbox::retry_at_once(Queue& queue) {
  queue.paused_until = {};
  const auto waiting = queue.group_of;
  for (const auto& [id, key] : waiting) {
    auto message = dequeue(queue, id);
    message.next_try = message.decided;
    enqueue(queue, std::move(message));
  }
}

void Outbox::enforce_limits(Queue& queue, Timestamp now) {
  while (!queue.group_of.empty()) {
    const auto& [id, key] = *queue.group_of.begin();
    const bool too_old = queue.waiting.at(key).decided + options_.max_age <= now;
    if (!too_old && queue.waiting.size() <= options_.max_messages) return;
    drop(dequeue(queue, id), too_old ? "age" : "count");
  }
}

std::vector<Message> Outbox::take_due(Timestamp now) {
  std::vector<Message> due;
  for (auto& [to, queue] : queues_) {
    enforce_limits(queue, now);
    while (queue.in_flight.size() < queue.window && queue.paused_until <= now) {
      const auto next = next_of(queue);
      if (next == queue.order.end() || next->first > now) break;
      auto message = dequeue(queue, next->second);
      due.push_back(message);
      queue.groups_in_flight.insert(message.group_key);
      const auto id = message.id;
      queue.in_flight.emplace(id, Flight{std::move(message), queue.pauses});
    }
  }
  return due;
}

std::set<std::pair<Timestamp, std::uint64_t>>::const_iterator Outbox::next_of(const Queue& queue) {
  return std::ranges::find_if(queue.order, [&](const auto& waiting) {
    return !queue.groups_in_flight.contains(queue.group_of.at(waiting.second));
  });
}

void Outbox::finish(std::uint64_t id, const DeliveryResult& result, Timestamp now) {
  const auto sent = [&](const auto& item) { return item.second.in_flight.contains(id); };
  const auto found = std::ranges::find_if(queues_, sent);
  if (found == queues_.end()) return;
  auto& queue = found->second;
  auto flight = std::move(queue.in_flight.extract(id).mapped());
  const auto& message = flight.message;
  queue.groups_in_flight.erase(message.group_key);

  auto& counters = counters_[message.to.receiver];
  ++counters.attempts;
  const auto verdict = classify(result);
  if (verdict != Verdict::delivered) ++counters.failed[failure_reason(result)];
  // What set out before another failed says nothing about the pause that this one brought.
  const bool is_news = verdict != Verdict::delivered || flight.pauses == queue.pauses;
  if (is_news) {
    queue.last_error = verdict == Verdict::delivered ? std::string() : describe(result);
    if (std::exchange(queue.last_verdict, verdict) != verdict) queue.failures_in_a_row = 0;
  }
  if (verdict == Verdict::retry || verdict == Verdict::misconfigured) {
    keep(queue, std::move(flight), result, now);
    return;
  }
  if (flight.pauses == queue.pauses) {
    queue.misconfigured = false;
    queue.paused_until = {};
    if (verdict == Verdict::delivered) queue.window = std::min(2 * queue.window, options_.max_in_flight);
  }
  if (verdict == Verdict::refused) return drop(message, "refused");
  queue.last_delivery = now;
  removed(id);
}

/// Retry-After is a floor for the receiver as a whole. What a misconfigured receiver waits for is not written down: a
/// restart is as good an occasion to try again as a reload.
void Outbox::keep(Queue& queue, Flight flight, const DeliveryResult& result, Timestamp now) {
  auto& message = flight.message;
  const auto floor = std::min(result.retry_after.value_or(Milliseconds(0)), options_.max_retry_after);
  ++message.attempts;
  queue.window = 1;
  if (flight.pauses == queue.pauses || queue.failures_in_a_row == 0) {
    ++queue.failures_in_a_row;
    ++queue.pauses;
  }
  message.last_error = queue.last_error;
  message.next_try = now;
  const auto pause = [&](Timestamp until) { queue.paused_until = std::max(queue.paused_until, until); };
  if (queue.last_verdict == Verdict::misconfigured) {
    queue.misconfigured = true;
    pause(now + std::max(slow_backoff(message.id, queue.failures_in_a_row), floor));
  } else {
    pause(now + std::max(backoff(message.id, queue.failures_in_a_row), floor));
    message.next_try = now + std::max(backoff(message.id, message.attempts), floor);
  }
  attempted_.insert_or_assign(
      message.id, OutboxChanges::Attempt{message.id, message.attempts, message.next_try, message.last_error});
  enqueue(queue, std::move(message));
}

Outbox::Queue* Outbox::queue_of_waiting(std::uint64_t id) {
  for (auto& [to, queue] : queues_)
    if (queue.group_of.contains(id)) return &queue;
  return nullptr;
}

void Outbox::hasten(std::uint64_t id, Timestamp due) {
  auto* queue = queue_of_waiting(id);
  if (queue == nullptr) return;
  auto message = dequeue(*queue, id);
  message.next_try = due;
  message.decided = due;
  enqueue(*queue, std::move(message));
  queue->paused_until = {};
}

void Outbox::withdraw(std::uint64_t id) {
  auto* queue = queue_of_waiting(id);
  if (queue == nullptr) return;
  (void)dequeue(*queue, id);
  removed(id);
}

void Outbox::drop(const Message& message, std::string_view reason) {
  ++counters_.try_emplace(message.to.receiver, all_at_zero()).first->second.dropped[reason];
  dropped_.push_back({message, reason});
  removed(message.id);
}

void Outbox::removed(std::uint64_t id) {
  attempted_.erase(id);
  rewritten_.erase(id);
  removed_.insert(id);
}

std::optional<Timestamp> Outbox::next_wake() const {
  std::optional<Timestamp> next;
  for (const auto& [to, queue] : queues_) {
    if (queue.in_flight.size() >= queue.window) continue;
    const auto first = next_of(queue);
    if (first == queue.order.end()) continue;
    const auto due = std::max(first->first, queue.paused_until);
    next = std::min(next.value_or(due), due);
  }
  return next;
}

OutboxChanges Outbox::take_changes() {
  OutboxChanges changes;
  for (auto& [id, attempt] : std::exchange(attempted_, {})) changes.attempted.push_back(std::move(attempt));
  for (auto& [id, message] : std::exchange(rewritten_, {})) changes.rewritten.push_back(std::move(message));
  const auto gone = std::exchange(removed_, {});
  changes.removed.assign(gone.begin(), gone.end());
  changes.dropped = std::exchange(dropped_, {});
  return changes;
}

std::vector<Message> Outbox::messages() const {
  std::vector<Message> all;
  for (const auto& [to, queue] : queues_) {
    for (const auto& [key, message] : queue.waiting) all.push_back(message);
    for (const auto& [id, flight] : queue.in_flight) all.push_back(flight.message);
  }
  std::ranges::sort(all, {}, &Message::id);
  return all;
}

std::vector<IntegrationStatus> Outbox::status() const {
  std::vector<IntegrationStatus> all;
  for (const auto& [to, queue] : queues_) {
    IntegrationStatus status;
    status.integration = to;
    status.messages = queue.waiting.size();
    if (!queue.owed_since.empty()) status.oldest = *queue.owed_since.begin();
    for (const auto& [id, flight] : queue.in_flight) {
      ++status.messages;
      status.oldest = std::min(status.oldest.value_or(flight.message.created), flight.message.created);
    }
    status.misconfigured = queue.misconfigured;
    status.failures_in_a_row = queue.failures_in_a_row;
    status.last_error = queue.last_error;
    status.last_delivery = queue.last_delivery;
    if (queue.paused_until != Timestamp{}) status.paused_until = queue.paused_until;
    all.push_back(std::move(status));
  }
  return all;
}

}  // namespace a2od
