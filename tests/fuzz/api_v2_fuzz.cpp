// Any bytes as a body of Alertmanager's API, as an acknowledgement, a test alert or matchers: read or refused, and what
// is read is written as it was.
#include "config/matchers.hpp"
#include "daemon/web/api/acknowledgements.hpp"
#include "daemon/web/api/drill.hpp"
#include "daemon/web/api_v2/alerts.hpp"
#include "daemon/web/api_v2/silences.hpp"

#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace a2od;
using std::chrono::hours;

constexpr Timestamp kNow = std::chrono::sys_days(std::chrono::year(2026) / 11 / 22);

void require(bool holds) {
  if (!holds) std::abort();
}

void read_matchers_in(std::string_view text) {
  for (const auto syntax : {MatcherSyntax::classic, MatcherSyntax::utf8, MatcherSyntax::fallback}) {
    const auto matchers = parse_matchers(text, syntax);
    if (!matchers || matchers->empty()) continue;
    const auto again = parse_matchers(matchers_text(*matchers), MatcherSyntax::utf8);
    require(again && *again == *matchers);
  }
}

void read_silence_in(std::string_view text) {
  auto silence = read_posted_silence(text, kNow);
  if (!silence) return;
  silence->id.clear();
  Silences silences;
  if (!silences.set(*silence, "id", kNow)) return;
  const auto shown = answer_v2_silence(silences, "id", kNow);
  const auto again = read_posted_silence(shown.body, kNow);
  require(again && again->matchers == silence->matchers && again->ends_at == silence->ends_at);
  (void)answer_v2_silences(silences, parse_parameters(text), kNow);
}

void read_alerts_in(std::string_view text) {
  const auto posted = read_posted_alerts(text, std::chrono::minutes(5), kNow);
  Dispatcher dispatcher({.route = {.receiver = "r"}}, {});
  dispatcher.receive(posted.alerts, kNow);
  require(dispatcher.size() <= posted.alerts.size());
  const auto view = dispatcher.view(kNow);
  require(answer_v2_alerts(view, {}, kNow).status == 200);
  (void)answer_v2_alert_groups(view, parse_parameters(text), kNow);
}

void read_acknowledgement_in(std::string_view text) {
  const auto posted = read_posted_acknowledgement(text, kNow);
  if (!posted || !check_selection(posted->selection) || !check_acknowledgement(posted->acknowledgement)) return;
  Dispatcher dispatcher({.route = {.receiver = "r"}}, {});
  dispatcher.receive(std::vector{AlertNotice{.labels = Labels{{"alertname", "Down"}}}}, kNow);
  const auto taken = dispatcher.acknowledge(posted->selection, posted->acknowledgement, kNow);
  require(taken.size() == dispatcher.acknowledged(kNow).size());
  require(answer_posted_acknowledgement(taken).status == (taken.empty() ? 404U : 200U));
}

/// Nothing is sent that was not asked for in so many words.
void read_drill_in(std::string_view text) {
  auto posted = read_posted_drill(text, "", "192.0.2.1");
  if (!posted) return require(posted.error().status == 400);
  if (posted->id.empty()) posted->id = "TEST-00000000";
  if (!check_drill(*posted)) return;
  const std::vector<ReceiverConfig> receivers{{"r", {PagerdutyConfig()}}};
  ExplainedRouting routing;
  routing.routes = {{.path = {"{}"}, .receiver = "r", .group = "{}/0", .group_labels = labels_of(*posted)}};
  const auto drill = plan_drill(*posted, routing, receivers, "", kNow);
  require(answer_drill(drill).status == (drill ? 200U : 400U));
  if (!drill || posted->page || posted->mode == DrillRequest::Mode::show) return;
  for (const auto& delivery : drill->deliveries) require(!delivery.withheld.empty());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size > 4096) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  read_matchers_in(text);
  read_silence_in(text);
  read_acknowledgement_in(text);
  read_drill_in(text);
  read_alerts_in(text);
  return 0;
}
