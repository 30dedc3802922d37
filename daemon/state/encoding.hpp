// How values with inner structure are written into one column: compact JSON. Decoding throws UnreadableValue, or
// std::logic_error as Boost.JSON does, on what encoding did not write.
#pragma once

#include "daemon/notify/dispatcher.hpp"
#include "rules/alerting/group.hpp"

#include <stdexcept>
#include <string>
#include <string_view>

namespace a2od {

/// What was saved cannot be read back.
struct UnreadableValue : std::runtime_error {
  using std::runtime_error::runtime_error;
};

[[nodiscard]] std::string encode(const Labels& labels);
[[nodiscard]] Labels decode_labels(std::string_view text);

/// Without file, group, rule and labels, which have columns of their own.
[[nodiscard]] std::string encode(const SavedAlert& alert);
void decode_into(SavedAlert& alert, std::string_view text);

[[nodiscard]] std::string encode(const RoutedAlert& alert);
[[nodiscard]] RoutedAlert decode_routed_alert(std::string_view text);

[[nodiscard]] std::string encode(const Silence& silence);
[[nodiscard]] Silence decode_silence(std::string_view text);

[[nodiscard]] std::string encode(const GroupState& group);
[[nodiscard]] GroupState decode_group_state(std::string_view text);

}  // namespace a2od
