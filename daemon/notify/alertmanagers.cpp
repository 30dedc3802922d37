#include "daemon/notify/alertmanagers.hpp"

#include "daemon/state/owed_resolved.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <optional>
#include <utility>

namespace a2od {

namespace asio = boost::asio;

namespace {

using namespace std::chrono_literals;

constexpr Milliseconds kBetweenCommits = 5s;

/// An Alertmanager takes a POST as a webhook does.
IntegrationConfig endpoint(const AlertmanagerConfig& config) {
  return WebhookConfig{
      .url = Secret(config.address() + "/api/v2/alerts"), .timeout = config.timeout, .http = config.http};
}

}  // namespace

Alertmanagers::Alertmanagers(asio::any_io_executor loop, const Config& config, AlertmanagersCollaborators collaborators)
    : with_(std::move(collaborators)), sender_(with_.http, with_.pool, with_.now), wake_(loop) {
  reload(config);
}

void Alertmanagers::reload(const Config& config) {
  auto former = std::exchange(endpoints_, {});
  for (const auto& one : config.alertmanagers) {
    endpoints_.emplace(one.address(), endpoint(one));
    former.erase(one.address());
  }
  for (const auto& [address, gone] : former) with_.metrics.remove({{"alertmanager", address}});
  queues_.set_alertmanagers(config.alertmanagers, config.rules.external_labels);
  wake_.call();
}

void Alertmanagers::restore() { queues_.restore(load_owed_resolved(with_.database), with_.now()); }

void Alertmanagers::receive(std::span<const AlertNotice> notices) {
  if (notices.empty() || queues_.empty()) return;
  queues_.receive(notices, with_.now());
  wake_.call();
}

asio::awaitable<void> Alertmanagers::run(TaskGroup& deliveries) {
  for (;;) {
    co_await commit_owed();
    for (auto& batch : queues_.take_due(with_.now())) {
      auto name = "tell " + batch.alertmanager;
      deliveries.spawn(std::move(name), deliver(std::move(batch)));
    }
    publish_metrics();
    std::optional<std::chrono::steady_clock::duration> pause;
    if (const auto next = queues_.next_wake()) pause = std::max(Milliseconds{0}, *next - with_.now());
    // What could not be written is tried again.
    if (!queues_.changes().empty())
      pause = std::min<std::chrono::steady_clock::duration>(pause.value_or(kBetweenCommits), kBetweenCommits);
    co_await wake_.sleep(pause);
  }
}

asio::awaitable<void> Alertmanagers::commit_owed() {
  const auto changes = queues_.changes();
  if (changes.empty()) co_return;
  const bool written = co_await with_.state.write("ends of alerts for Alertmanagers",
                                                  [&](Database& database) { commit(database, changes); });
  if (written) queues_.written(changes);
}

asio::awaitable<void> Alertmanagers::deliver(AlertmanagerQueues::Batch batch) {
  DeliveryResult result{.error = "it is not configured any more", .unusable = true};
  if (const auto found = endpoints_.find(batch.alertmanager); found != endpoints_.end()) {
    const auto to = found->second;
    result = co_await sender_.send({.body = alerts_body(batch.alerts)}, to, NotificationTemplates());
  }
  queues_.finish(batch.alertmanager, result, with_.now());
  if (classify(result) == Verdict::delivered) {
    spdlog::debug("{} took {} alerts", batch.alertmanager, batch.alerts.size());
  } else {
    spdlog::warn("{}: {} alerts were not taken: {}", batch.alertmanager, batch.alerts.size(), describe(result));
  }
  wake_.call();
}

void Alertmanagers::publish_metrics() {
  for (const auto& status : queues_.status()) {
    const SelfMetrics::LabelMap labels{{"alertmanager", status.address}};
    with_.metrics.count_to("a2od_alertmanager_alerts_sent_total", labels, status.sent);
    with_.metrics.count_to("a2od_alertmanager_alerts_failed_total", labels, status.errors);
    with_.metrics.set("a2od_alertmanager_queue_alerts", labels, static_cast<double>(status.waiting));
    with_.metrics.set("a2od_alertmanager_misconfigured", labels, status.misconfigured ? 1 : 0);
    for (const auto& [reason, count] : status.dropped)
      with_.metrics.count_to("a2od_alertmanager_alerts_dropped_total",
                             {{"alertmanager", status.address}, {"reason", std::string(reason)}}, count);
  }
}

}  // namespace a2od
