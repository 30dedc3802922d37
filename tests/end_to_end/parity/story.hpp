// The hour: what happens in the simulated tenant, and when.
#pragma once

#include <chrono>
#include <span>
#include <string_view>

namespace a2od::end_to_end {

struct Incident {
  std::chrono::seconds at;  ///< a minute of the story takes a second
  std::string_view what;
  std::string_view method;
  std::string_view target;  ///< of the tenant's control endpoint
  std::string_view body = {};
  std::string_view once_pending = {};  ///< not before this alert is pending: "JobsStuck Contoso Production"
};

/// In the order of their times. Collectors run each ten seconds, so what is to be seen stays for longer than that.
[[nodiscard]] std::span<const Incident> story();

}  // namespace a2od::end_to_end
