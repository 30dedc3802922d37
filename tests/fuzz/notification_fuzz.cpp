// Any text as the template of a notification, and as the label of a route: it is parsed or refused, and expands within
// its bounds. Texts are cut where they may be.
#include "daemon/notify/templates/data.hpp"
#include "daemon/notify/templates/notification_templates.hpp"
#include "daemon/notify/templates/truncate.hpp"

#include <boost/json/parse.hpp>

#include <cstdint>
#include <cstdlib>
#include <string_view>

namespace {

constexpr std::string_view kBody = R"({
  "receiver":"r","status":"firing","alerts":[
    {"status":"firing","labels":{"alertname":"A","b":"<c>"},"annotations":{"d":"e"},"startsAt":"2026-07-01T10:00:00.5Z",
     "endsAt":"0001-01-01T00:00:00Z","generatorURL":"http://x","fingerprint":"aa"},
    {"status":"resolved","labels":{"alertname":"A"},"annotations":{},"startsAt":"2026-07-01T10:00:00Z",
     "endsAt":"2026-07-01T11:30:00Z","generatorURL":"","fingerprint":"bb"}],
  "groupLabels":{"alertname":"A"},"commonLabels":{"alertname":"A","b":"c"},"commonAnnotations":{"s":"t"},
  "externalURL":"http://a2od","version":"4","groupKey":"{}:{}","truncatedAlerts":1})";

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace a2od;
  static const NotificationTemplates kTemplates;
  auto body = boost::json::parse(kBody);
  if (size > 4096) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto now = Timestamp(std::chrono::hours(500'000));
  body.as_object()["routeLabels"] = {{"a", text}, {"b", R"({{ routeLabels "a" }})"}};
  const auto message = notification_data(body);
  (void)kTemplates.check(text);
  (void)kTemplates.expand(text, message, now);
  (void)kTemplates.expand_html(text, message, now);
  const auto most = size % 97;
  if (truncate_bytes(text, most).text.size() > most) std::abort();
  (void)truncate_runes(text, most);
  return 0;
}
