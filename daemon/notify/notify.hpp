// Grouping alerts and deciding what is owed to whom, as plain values on given times: no clock, socket or file.
#pragma once

#include "config/config.hpp"
#include "config/time.hpp"
#include "rules/alerting/alert.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace a2od {

/// Alertmanager's fingerprint of a label set, 16 hex digits: FNV-1a over names and values.
[[nodiscard]] std::string fingerprint(const Labels& labels);

/// One webhook of one receiver: who a message is owed to. Stable over reloads as long as its name and index are.
struct Integration {
  std::string receiver;
  std::uint64_t index = 0;
  auto operator<=>(const Integration&) const = default;
};

/// A message that was decided on and must be delivered: the body is complete, only the address is looked up on sending.
struct Message {
  std::uint64_t id = 0;  ///< given by the outbox, ascending
  Integration to;
  std::string group_key;
  std::string body;  ///< Alertmanager's webhook version 4
  Timestamp created;
  std::uint64_t attempts = 0;
  Timestamp next_try;
  std::string last_error;
};

}  // namespace a2od
