// Delivering messages to the end: what to try when, what to merge, keep or give up. No clock, socket, thread or file.
#pragma once

#include "daemon/explain/explained.hpp"
#include "daemon/notify/delivery.hpp"
#include "daemon/notify/notify.hpp"

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

struct OutboxOptions {
  Milliseconds max_age = std::chrono::hours(7 * 24);     ///< since the latest state in a message was decided on
  std::size_t max_messages = 10'000;                     ///< per integration; beyond it the oldest give way
  std::size_t max_in_flight = 16;                        ///< per integration, while it takes what it is sent
  Milliseconds max_retry_after = std::chrono::hours(1);  ///< longer waits that a receiver asks for are not meant
};

/// To be committed in one transaction; merging them again, or not at all, after a crash is harmless.
struct OutboxChanges {
  struct Attempt {
    std::uint64_t id = 0;
    std::uint64_t attempts = 0;
    Timestamp next_try;
    std::string last_error;
  };
  std::vector<Attempt> attempted{};
  std::vector<Message> rewritten{};      ///< messages that others were merged into
  std::vector<std::uint64_t> removed{};  ///< delivered, dropped, or merged into others
  struct Dropped {
    Message message;
    std::string_view reason;  ///< of kDropReasons
  };
  std::vector<Dropped> dropped{};  ///< among the removed, for the audit
  [[nodiscard]] bool empty() const { return attempted.empty() && rewritten.empty() && removed.empty(); }
};

/// The label `reason` of a2od_notifications_dropped_total.
inline constexpr std::string_view kDropReasons[] = {"refused", "age", "count", "receiver_removed"};

/// Of one receiver, all its integrations together, since the start of the process.
struct ReceiverCounters {
  std::uint64_t attempts = 0;                         ///< a2od_notifications_total: tries that ended
  std::map<std::string_view, std::uint64_t> failed;   ///< a2od_notifications_failed_total by kFailureReasons
  std::map<std::string_view, std::uint64_t> dropped;  ///< a2od_notifications_dropped_total by kDropReasons
};

/// One integration as the status page and the self metrics show it.
struct IntegrationStatus {
  Integration integration;
  std::size_t messages = 0;
  std::optional<Timestamp> oldest;  ///< since when something is owed
  bool misconfigured = false;
  std::uint64_t failures_in_a_row = 0;
  std::string last_error;  ///< of the last try; empty when it went well
  std::optional<Timestamp> last_delivery;
  std::optional<Timestamp> paused_until;
};

/// The messages of a group keep their order: one that waits is merged into the next of its group, so that a receiver
/// that was away hears the latest state once, with all that was resolved meanwhile. Those of different groups may be in
/// flight together: one until the integration has taken it, then two, four, and again one after a failure. Failures
/// pause the whole integration; among its waiting messages those tried least recently go first.
class Outbox {
 public:
  explicit Outbox(OutboxOptions options = {});

  /// Before add(), and after each reload: who exists. Messages to others are dropped; misconfigured ones are tried
  /// again at once.
  void set_receivers(std::span<const ReceiverConfig> receivers);

  /// Messages that were committed: from Dispatcher's changes, or read back after a restart. In the order of their ids.
  void add(std::vector<Message> messages, Timestamp now);

  /// The messages to send now, which are in flight from here until finish().
  [[nodiscard]] std::vector<Message> take_due(Timestamp now);

  /// Ids of messages that are not in flight (their receiver left meanwhile) are ignored.
  void finish(std::uint64_t id, const DeliveryResult& result, Timestamp now);

  /// What its receiver took before this one shows that it takes messages: this one is due at `due` and nothing makes
  /// the receiver wait any longer. Ignored where it does not wait here.
  void hasten(std::uint64_t id, Timestamp due);
  /// It is not owed any more. Ignored where it does not wait here.
  void withdraw(std::uint64_t id);

  /// When take_due() has something; nothing while all is delivered or in flight.
  [[nodiscard]] std::optional<Timestamp> next_wake() const;

  /// What changed since the last call.
  [[nodiscard]] OutboxChanges take_changes();

  /// All that is not delivered yet, in the order of ids; what take_changes() has still to tell is in it.
  [[nodiscard]] std::vector<Message> messages() const;

  [[nodiscard]] std::vector<IntegrationStatus> status() const;
  /// What waits or is under way for a group.
  [[nodiscard]] std::vector<ExplainedMessage> explain(const std::string& group_key) const;
  /// By receiver, each with every reason, also those still at 0.
  [[nodiscard]] const std::map<std::string, ReceiverCounters>& counters() const { return counters_; }

 private:
  struct Flight {
    Message message;
    std::uint64_t pauses = 0;  ///< of its queue when it set out: what set out together fails once
  };
  struct Queue {
    IntegrationConfig config{};
    std::map<std::string, Message> waiting;               ///< by group key: at most one of each group
    std::set<std::pair<Timestamp, std::uint64_t>> order;  ///< of those waiting: next try, id
    std::map<std::uint64_t, std::string> group_of;        ///< of those waiting, by id
    std::multiset<Timestamp> owed_since;                  ///< of those waiting
    std::map<std::uint64_t, Flight> in_flight{};          ///< by id
    std::set<std::string, std::less<>> groups_in_flight{};
    std::size_t window = 1;    ///< so many at once
    std::uint64_t pauses = 0;  ///< that failures brought
    bool misconfigured = false;
    Verdict last_verdict = Verdict::delivered;
    std::uint64_t failures_in_a_row = 0;  ///< with the same verdict
    Timestamp paused_until{};
    std::string last_error;
    std::optional<Timestamp> last_delivery;
  };

  /// The first that may be sent, whenever its time is; the end where all wait for one of their group.
  [[nodiscard]] static std::set<std::pair<Timestamp, std::uint64_t>>::const_iterator next_of(const Queue& queue);
  [[nodiscard]] Queue* queue_of_waiting(std::uint64_t id);
  void enqueue(Queue& queue, Message message);
  [[nodiscard]] static Message dequeue(Queue& queue, std::uint64_t id);
  void retry_at_once(Queue& queue);
  void enforce_limits(Queue& queue, Timestamp now);
  void keep(Queue& queue, Flight flight, const DeliveryResult& result, Timestamp now);
  void drop(const Message& message, std::string_view reason);
  void removed(std::uint64_t id);

  OutboxOptions options_;
  std::map<Integration, Queue> queues_;
  std::map<std::string, ReceiverCounters> counters_;
  std::map<std::uint64_t, OutboxChanges::Attempt> attempted_;
  std::map<std::uint64_t, Message> rewritten_;
  std::set<std::uint64_t> removed_;
  std::vector<OutboxChanges::Dropped> dropped_;
};

}  // namespace a2od
