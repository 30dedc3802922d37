// Any text as an alertmanager.yml: it is refused, or alerts find their way through its routes, inhibition and time
// intervals, and back again when the same is loaded anew.
#include "config/read.hpp"
#include "daemon/notify/dispatcher.hpp"

#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <vector>

namespace {

using namespace a2od;

constexpr Timestamp kNow = std::chrono::sys_days(std::chrono::year(2026) / 11 / 22);

void require(bool holds) {
  if (!holds) std::abort();
}

std::vector<AlertNotice> some_alerts() {
  return {AlertNotice{.labels = Labels{{"alertname", "Down"}, {"severity", "page"}, {"tenant", "contoso"}}},
          AlertNotice{.labels = Labels{{"alertname", "Down"}, {"severity", "ticket"}, {"tenant", "contoso"}}},
          AlertNotice{.labels = Labels{{"alertname", "Full"}, {"größe.x", "1"}}}};
}

/// Days with ends of months, leap days and changes of the clock.
void visit_calendar(const std::vector<NamedTimeInterval>& intervals) {
  for (const auto& interval : intervals)
    for (int step = 0; step < 64; ++step) (void)interval.contains(kNow + step * std::chrono::hours(161));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size > 8192) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto config = parse_config("fuzz.yml", text, {.collectors = {}, .check_files = false});
  if (!config) return 0;
  visit_calendar(config->time_intervals);
  if (config->receivers.empty()) return 0;

  Dispatcher dispatcher(routing_of(*config), {});
  dispatcher.receive(some_alerts(), kNow);
  for (const auto& notice : some_alerts()) require(!dispatcher.explain(notice.labels, kNow).routes.empty());
  for (int minute = 0; minute < 3; ++minute) (void)dispatcher.advance(kNow + minute * std::chrono::minutes(1));
  const auto before = dispatcher.view(kNow).groups.size();
  dispatcher.set_routing(routing_of(*config), std::chrono::minutes(5), "", kNow);
  require(dispatcher.view(kNow).groups.size() == before);
  return 0;
}
