// What external Alertmanagers are told, as Prometheus tells them: every one of them every alert of our rules, again
// each minute, and its end for a quarter of an hour. No clock, socket, thread or file.
#pragma once

#include "config/config.hpp"
#include "config/time.hpp"
#include "daemon/notify/delivery.hpp"
#include "rules/alerting/alert.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace a2od {

struct AlertmanagerOptions {
  std::size_t capacity = 10'000;                        ///< alerts that wait for one; then the oldest give way
  std::size_t batch = 256;                              ///< alerts in one request
  Milliseconds keep_resolved = std::chrono::hours(24);  ///< since the alert ended
};

/// The end of an alert that an Alertmanager does not know yet.
struct OwedResolved {
  std::string alertmanager;  ///< AlertmanagerConfig::address()
  AlertNotice notice;
};

/// One transaction's worth. Writing it again, or not at all before a crash, is harmless.
struct OwedChanges {
  std::vector<OwedResolved> put;                             ///< or replace
  std::vector<std::pair<std::string, std::string>> removed;  ///< address, fingerprint
  [[nodiscard]] bool empty() const { return put.empty() && removed.empty(); }
};

/// The label `reason` of a2od_alertmanager_alerts_dropped_total.
inline constexpr std::string_view kAlertmanagerDropReasons[] = {"refused", "expired", "age", "count"};

/// One Alertmanager as the status page and the self metrics show it; counted in alerts since the start.
struct AlertmanagerStatus {
  std::string address;
  std::size_t waiting = 0;
  std::uint64_t sent = 0;
  std::uint64_t errors = 0;
  std::map<std::string_view, std::uint64_t> dropped;  ///< by kAlertmanagerDropReasons, all of them
  bool misconfigured = false;
  std::string last_error;  ///< of the last request; empty when it went well
};

/// Per Alertmanager one request is in flight, and of each alert only the latest state waits. The rules repeat what
/// fires and, for a while, what has ended, over restarts, too; so only the ends that could not be told are written
/// down.
class AlertmanagerQueues {
 public:
  explicit AlertmanagerQueues(AlertmanagerOptions options = {}) : options_(options) {}

  /// First, and after each reload: who exists. What others are owed is forgotten; misconfigured ones are tried at once.
  /// External labels are added to alerts that lack them.
  void set_alertmanagers(std::span<const AlertmanagerConfig> alertmanagers,
                         std::map<std::string, std::string> external_labels);

  /// What an earlier process left.
  void restore(std::vector<OwedResolved> owed, Timestamp now);

  void receive(std::span<const AlertNotice> notices, Timestamp now);

  struct Batch {
    std::string alertmanager;
    std::vector<AlertNotice> alerts;  ///< those that wait longest first
  };
  /// What to send now, at most one batch each, which is in flight from here until finish().
  [[nodiscard]] std::vector<Batch> take_due(Timestamp now);

  /// Alertmanagers that have left meanwhile are ignored. A batch that is refused is tried in halves, so that one alert
  /// which is not taken does not keep others back.
  void finish(const std::string& alertmanager, const DeliveryResult& result, Timestamp now);

  /// When take_due() has something; nothing while all is told or in flight.
  [[nodiscard]] std::optional<Timestamp> next_wake() const;

  /// What differs from what was last said to be written.
  [[nodiscard]] OwedChanges changes() const;
  void written(const OwedChanges& changes);

  [[nodiscard]] bool empty() const { return queues_.empty(); }
  [[nodiscard]] std::vector<AlertmanagerStatus> status() const;

 private:
  struct Entry {
    AlertNotice notice;
    bool resolved = false;
  };
  struct Queue {
    AlertmanagerConfig config;
    std::map<std::string, Entry> waiting;           ///< by fingerprint
    std::map<std::uint64_t, std::string> order;     ///< fingerprints of those waiting
    std::map<std::string, std::uint64_t> place_of;  ///< their places in order
    std::map<std::string, Entry> in_flight;         ///< by fingerprint
    std::size_t batch = 0;                          ///< alerts in the next request
    std::uint64_t failures_in_a_row = 0;
    Verdict last_verdict = Verdict::delivered;
    Timestamp paused_until{};
    std::uint64_t sent = 0;
    std::uint64_t errors = 0;
    std::map<std::string_view, std::uint64_t> dropped;
    std::string last_error;
  };

  using Key = std::pair<std::string, std::string>;  ///< address, fingerprint

  void enqueue(Queue& queue, std::string fingerprint, Entry entry);
  static Entry dequeue(Queue& queue, const std::string& fingerprint);
  void drop_what_is_over(Queue& queue, Timestamp now);
  void put_back(Queue& queue);
  /// Ends that must be on the disk.
  [[nodiscard]] std::map<Key, const AlertNotice*> owed() const;

  AlertmanagerOptions options_;
  std::map<std::string, std::string> external_labels_;
  std::map<std::string, Queue> queues_;
  std::map<Key, Timestamp> written_;  ///< when the alert ended
  std::uint64_t next_place_ = 0;
};

/// The body of POST /api/v2/alerts.
[[nodiscard]] std::string alerts_body(std::span<const AlertNotice> alerts);

}  // namespace a2od
