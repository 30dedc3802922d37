// The words of notification delivery, as plain values on given times: alerts as they are routed, whom a message is owed
// to, what was told before, and the message itself.
#pragma once

#include "config/config.hpp"
#include "config/time.hpp"
#include "daemon/notify/acknowledgement.hpp"
#include "daemon/notify/shared_text.hpp"
#include "rules/alerting/alert.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace a2od {

/// Alertmanager's fingerprint of a label set, 16 hex digits: FNV-1a over names and values.
[[nodiscard]] std::string fingerprint(const Labels& labels);

/// What the configuration says of notification.
struct Routing {
  RouteConfig route{};
  std::vector<ReceiverConfig> receivers{};
  std::vector<InhibitRuleConfig> inhibit_rules{};
  std::vector<NamedTimeInterval> time_intervals{};
};
[[nodiscard]] Routing routing_of(const Config& config);

/// One way to tell one receiver: who a message is owed to. Stable over reloads as long as its name and index are.
struct Integration {
  std::string receiver;
  std::uint64_t index = 0;       ///< among those of its kind
  std::string kind = "webhook";  ///< of kIntegrationNames
  auto operator<=>(const Integration&) const = default;
};

/// All that a receiver is told by, in the order of its configuration.
[[nodiscard]] std::vector<Integration> integrations_of(const ReceiverConfig& receiver);

/// nullptr where the receiver or the integration is gone.
[[nodiscard]] const IntegrationConfig* find_integration(std::span<const ReceiverConfig> receivers,
                                                        const Integration& to);

/// "webhook 1": as an operator counts.
[[nodiscard]] std::string describe(const Integration& to);

/// A message that was decided on and must be delivered: the body is complete, only the address is looked up on sending.
struct Message {
  std::uint64_t id = 0;  ///< given before the message is committed, ascending and never twice; 0 until then
  Integration to{};
  std::string group_key{};
  SharedText body{};    ///< Alertmanager's webhook version 4, from which other receivers' messages are made on sending
  Timestamp created{};  ///< since when something in it is owed
  Timestamp decided{};  ///< when the latest state in it was decided on: after `created` once others were merged in
  std::uint64_t attempts = 0;
  Timestamp next_try{};
  std::string last_error{};
  bool operator==(const Message&) const = default;
};

/// Sorted.
using Fingerprints = std::vector<std::string>;

/// What an integration was last told about a group (or is about to be: the message is in the outbox), and when that was
/// decided.
struct LedgerEntry {
  Timestamp time;
  Fingerprints firing;
  Fingerprints resolved;
  Fingerprints flapping{};  ///< of those that fire
  bool operator==(const LedgerEntry&) const = default;
};

/// An alert on its way to its group's next message.
struct RoutedAlert {
  std::string fingerprint;
  Labels labels;
  std::map<std::string, std::string> annotations;
  Timestamp starts_at;
  Timestamp ends_at;     ///< firing: until when it holds if no notice follows; resolved: when it ended
  Timestamp updated_at;  ///< of its last notice; in a saved alert, of the last notice that changed it
  std::string generator_url;
  bool timeout = false;                              ///< the notice named no end: ends_at is the resolve timeout's
  bool confirmed = false;                            ///< a notice came since the start; never saved
  bool from_others = false;                          ///< not from our rules
  std::optional<Acknowledgement> acknowledgement{};  ///< of this firing of it; may have expired
  bool operator==(const RoutedAlert&) const = default;

  /// Whether its last notice said that it has ended, rather than that it would unless refreshed.
  [[nodiscard]] bool told_resolved() const { return ends_at <= updated_at; }
};

}  // namespace a2od
