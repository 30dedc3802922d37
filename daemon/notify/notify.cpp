#include "daemon/notify/notify.hpp"

#include <algorithm>
#include <cstdio>
#include <string_view>

namespace a2od {

std::string fingerprint(const Labels& labels) {
  std::uint64_t hash = 14695981039346656037U;
  const auto add = [&hash](std::string_view text) {
    for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211U;
    hash = (hash ^ 0xFFU) * 1099511628211U;
  };
  for (const auto& [name, value] : labels.pairs()) {
    add(name);
    add(value);
  }
  char digits[17];
  std::snprintf(digits, sizeof digits, "%016llx", static_cast<unsigned long long>(hash));
  return digits;
}

Routing routing_of(const Config& config) {
  return {.route = config.route,
          .receivers = config.receivers,
          .inhibit_rules = config.inhibit_rules,
          .time_intervals = config.time_intervals};
}

std::vector<Integration> integrations_of(const ReceiverConfig& receiver) {
  std::vector<Integration> all;
  std::map<std::string_view, std::uint64_t> seen;
  for (const auto& integration : receiver.integrations) {
    const auto kind = name_of(integration);
    all.push_back({receiver.name, seen[kind]++, std::string(kind)});
  }
  return all;
}

const IntegrationConfig* find_integration(std::span<const ReceiverConfig> receivers, const Integration& to) {
  const auto receiver = std::ranges::find(receivers, to.receiver, &ReceiverConfig::name);
  if (receiver == receivers.end()) return nullptr;
  auto before = to.index;
  for (const auto& integration : receiver->integrations)
    if (name_of(integration) == to.kind && before-- == 0) return &integration;
  return nullptr;
}

std::string describe(const Integration& to) { return to.kind + " " + std::to_string(to.index + 1); }

}  // namespace a2od
