#include "daemon/notify/alertmanager_queues.hpp"

#include "config/utf8.hpp"
#include "daemon/notify/notify.hpp"
#include "daemon/notify/webhook_body.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <functional>

namespace a2od {
namespace {

namespace json = boost::json;

/// A number for backoff()'s spread, the same for an address each time.
std::uint64_t seed_of(std::string_view address) { return std::hash<std::string_view>{}(address); }

}  // namespace

void AlertmanagerQueues::set_alertmanagers(std::span<const AlertmanagerConfig> alertmanagers,
                                           std::map<std::string, std::string> external_labels) {
  external_labels_ = std::move(external_labels);
  auto former = std::exchange(queues_, {});
  for (const auto& config : alertmanagers) {
    auto kept = former.extract(config.address());
    const bool known = static_cast<bool>(kept);
    auto& queue = known ? queues_.insert(std::move(kept)).position->second : queues_[config.address()];
    if (!known) {
      queue.batch = options_.batch;
      for (const auto reason : kAlertmanagerDropReasons) queue.dropped[reason] = 0;
    }
    if (queue.config != config || queue.last_verdict == Verdict::misconfigured) queue.paused_until = {};
    queue.config = config;
  }
}

void AlertmanagerQueues::restore(std::vector<OwedResolved> owed, Timestamp now) {
  for (auto& [alertmanager, notice] : owed) {
    auto id = fingerprint(notice.labels);
    written_.insert_or_assign({alertmanager, id}, notice.ends_at);
    const auto queue = queues_.find(alertmanager);
    if (queue == queues_.end()) continue;
    enqueue(queue->second, std::move(id), {std::move(notice), true});
    drop_what_is_over(queue->second, now);
  }
}

void AlertmanagerQueues::receive(std::span<const AlertNotice> notices, Timestamp now) {
  if (queues_.empty()) return;
  for (auto notice : notices) {
    notice.labels = with_external(notice.labels, external_labels_);
    const auto id = fingerprint(notice.labels);
    const bool resolved = notice.ends_at != Timestamp{} && notice.ends_at <= now;
    for (auto& [address, queue] : queues_) enqueue(queue, id, {notice, resolved});
  }
  for (auto& [address, queue] : queues_) drop_what_is_over(queue, now);
}

/// The latest state takes the place of the former one, so that an alert which changes often does not wait longer.
void AlertmanagerQueues::enqueue(Queue& queue, std::string fingerprint, Entry entry) {
  if (const auto found = queue.waiting.find(fingerprint); found != queue.waiting.end()) {
    found->second = std::move(entry);
    return;
  }
  queue.order.emplace(next_place_, fingerprint);
  queue.place_of.emplace(fingerprint, next_place_++);
  queue.waiting.emplace(std::move(fingerprint), std::move(entry));
}

AlertmanagerQueues::Entry AlertmanagerQueues::dequeue(Queue& queue, const std::string& fingerprint) {
  queue.order.erase(queue.place_of.at(fingerprint));
  queue.place_of.erase(fingerprint);
  return std::move(queue.waiting.extract(fingerprint).mapped());
}

/// A notice of a firing alert that holds no more would tell its end; nobody has said that it has ended.
void AlertmanagerQueues::drop_what_is_over(Queue& queue, Timestamp now) {
  std::vector<std::pair<std::string, std::string_view>> over;
  for (const auto& [id, entry] : queue.waiting) {
    if (entry.resolved && entry.notice.ends_at + options_.keep_resolved <= now) over.emplace_back(id, "age");
    if (!entry.resolved && entry.notice.ends_at <= now) over.emplace_back(id, "expired");
  }
  for (const auto& [id, reason] : over) {
    dequeue(queue, id);
    ++queue.dropped[reason];
  }
  while (queue.waiting.size() > options_.capacity) {
    const auto oldest = queue.order.begin()->second;
    dequeue(queue, oldest);
    ++queue.dropped["count"];
  }
}

std::vector<AlertmanagerQueues::Batch> AlertmanagerQueues::take_due(Timestamp now) {
  std::vector<Batch> due;
  for (auto& [address, queue] : queues_) {
    if (!queue.in_flight.empty() || queue.paused_until > now) continue;
    drop_what_is_over(queue, now);
    if (queue.waiting.empty()) continue;
    Batch batch{address, {}};
    while (batch.alerts.size() < queue.batch && !queue.order.empty()) {
      const auto id = queue.order.begin()->second;
      auto entry = dequeue(queue, id);
      batch.alerts.push_back(entry.notice);
      queue.in_flight.emplace(id, std::move(entry));
    }
    due.push_back(std::move(batch));
  }
  return due;
}

void AlertmanagerQueues::finish(const std::string& alertmanager, const DeliveryResult& result, Timestamp now) {
  const auto found = queues_.find(alertmanager);
  if (found == queues_.end() || found->second.in_flight.empty()) return;
  auto& queue = found->second;
  const auto verdict = classify(result);
  const auto alerts = queue.in_flight.size();
  queue.last_error = verdict == Verdict::delivered ? std::string() : describe(result);
  if (std::exchange(queue.last_verdict, verdict) != verdict) queue.failures_in_a_row = 0;
  queue.paused_until = {};
  switch (verdict) {
    case Verdict::delivered:
      queue.sent += alerts;
      queue.in_flight.clear();
      queue.batch = std::min(2 * queue.batch, options_.batch);
      return;
    case Verdict::refused:
      queue.errors += alerts;
      if (alerts == 1) {
        queue.in_flight.clear();
        ++queue.dropped["refused"];
        queue.batch = std::min(2 * queue.batch, options_.batch);
      } else {
        queue.batch = std::max<std::size_t>(alerts / 2, 1);
        put_back(queue);
      }
      return;
    default:
      break;
  }
  queue.errors += alerts;
  const auto wait = verdict == Verdict::retry ? backoff : slow_backoff;
  queue.paused_until = now + std::max(wait(seed_of(alertmanager), ++queue.failures_in_a_row),
                                      result.retry_after.value_or(Milliseconds(0)));
  put_back(queue);
}

/// In front of all others, as they wait longest; a later state that came meanwhile stays.
void AlertmanagerQueues::put_back(Queue& queue) {
  auto others = std::exchange(queue.waiting, {});
  const auto order = std::exchange(queue.order, {});
  queue.place_of.clear();
  for (auto& [id, entry] : std::exchange(queue.in_flight, {})) enqueue(queue, id, std::move(entry));
  for (const auto& [place, id] : order) enqueue(queue, id, std::move(others.at(id)));
}

std::optional<Timestamp> AlertmanagerQueues::next_wake() const {
  std::optional<Timestamp> next;
  for (const auto& [address, queue] : queues_) {
    if (!queue.in_flight.empty() || queue.waiting.empty()) continue;
    next = std::min(next.value_or(queue.paused_until), queue.paused_until);
  }
  return next;
}

/// While all goes well an end that waits is told at once, and until then the rules tell it again. What was written down
/// stays until it is told.
std::map<AlertmanagerQueues::Key, const AlertNotice*> AlertmanagerQueues::owed() const {
  std::map<Key, const AlertNotice*> all;
  for (const auto& [address, queue] : queues_) {
    const bool failing = queue.failures_in_a_row > 0;
    // Of an alert in flight that waits again, the later state counts.
    for (const auto* entries : {&queue.waiting, &queue.in_flight})
      for (const auto& [id, entry] : *entries) {
        const bool later = entries == &queue.in_flight && queue.waiting.contains(id);
        if (entry.resolved && !later && (failing || written_.contains({address, id})))
          all.emplace(Key{address, id}, &entry.notice);
      }
  }
  return all;
}

OwedChanges AlertmanagerQueues::changes() const {
  OwedChanges changes;
  const bool failing = std::ranges::any_of(queues_, [](const auto& one) { return one.second.failures_in_a_row > 0; });
  if (!failing && written_.empty()) return changes;
  const auto owed = this->owed();
  for (const auto& [key, notice] : owed) {
    const auto known = written_.find(key);
    if (known == written_.end() || known->second != notice->ends_at) changes.put.push_back({key.first, *notice});
  }
  for (const auto& [key, ended] : written_)
    if (!owed.contains(key)) changes.removed.push_back(key);
  return changes;
}

void AlertmanagerQueues::written(const OwedChanges& changes) {
  for (const auto& [alertmanager, notice] : changes.put)
    written_.insert_or_assign({alertmanager, fingerprint(notice.labels)}, notice.ends_at);
  for (const auto& key : changes.removed) written_.erase(key);
}

std::vector<AlertmanagerStatus> AlertmanagerQueues::status() const {
  std::vector<AlertmanagerStatus> all;
  for (const auto& [address, queue] : queues_) {
    all.push_back({.address = address,
                   .waiting = queue.waiting.size() + queue.in_flight.size(),
                   .sent = queue.sent,
                   .errors = queue.errors,
                   .dropped = queue.dropped,
                   .misconfigured = queue.last_verdict == Verdict::misconfigured,
                   .last_error = queue.last_error});
  }
  return all;
}

std::string alerts_body(std::span<const AlertNotice> alerts) {
  json::array body;
  for (const auto& alert : alerts) {
    json::object labels;
    for (const auto& [name, value] : alert.labels.pairs()) labels[valid_utf8(name)] = valid_utf8(value);
    json::object annotations;
    for (const auto& [name, value] : alert.annotations) annotations[valid_utf8(name)] = valid_utf8(value);
    json::object one{{"labels", std::move(labels)},
                     {"annotations", std::move(annotations)},
                     {"startsAt", go_time(alert.starts_at)},
                     {"endsAt", go_time(alert.ends_at)}};
    if (!alert.generator_url.empty()) one["generatorURL"] = valid_utf8(alert.generator_url);
    body.push_back(std::move(one));
  }
  return json::serialize(body);
}

}  // namespace a2od
