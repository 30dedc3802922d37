// Any text as the query of /api/v1/events and /api/v1/explain: answered in JSON, or refused.
#include "daemon/notify/dispatcher.hpp"
#include "daemon/state/events.hpp"
#include "daemon/web/api/events.hpp"
#include "daemon/web/api/explain.hpp"

#include <boost/json/parse.hpp>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace a2od;

constexpr Timestamp kNow = std::chrono::sys_days(std::chrono::year(2026) / 11 / 22);

void require(bool holds) {
  if (!holds) std::abort();
}

const Labels kDown{{"alertname", "Down"}, {"tenant", "contoso"}};

/// Three events on the disk.
const std::filesystem::path& state_file() {
  static const auto kDatabase = [] {
    const auto folder = std::filesystem::temp_directory_path() / ("a2od_questions_fuzz." + std::to_string(getpid()));
    auto database = Database::open(folder).value();
    append(database, {.events = {row_of({kNow, "alert.firing", kDown, {{"value", 1}}}),
                                 row_of({kNow, "silence.created", {}, {{"comment", "\"\n"}}}),
                                 row_of({kNow, "delivery.failed", Labels{{"alertname", "Full"}}, {}})}});
    return database;
  }();
  return kDatabase.file();
}

/// As many lines as there are events at most, each an object.
void ask_for_events(const Parameters& parameters) {
  const auto reply = answer_events(state_file(), parameters, nullptr);
  require(reply.status == 200 || reply.status == 400);
  std::string_view lines = reply.body;
  if (reply.status == 400) return require(boost::json::parse(lines).is_object());
  require(std::ranges::count(lines, '\n') <= 3);
  for (auto end = lines.find('\n'); end != std::string_view::npos; end = lines.find('\n')) {
    require(boost::json::parse(lines.substr(0, end)).is_object());
    lines.remove_prefix(end + 1);
  }
  require(lines.empty());
}

void ask_why(std::string_view text) {
  const auto choice = parse_alert_choice(text);
  if (!choice) return require(!choice.error().message.empty());
  Dispatcher dispatcher({.route = {.receiver = "r"}}, {});
  dispatcher.receive(std::vector{AlertNotice{.labels = kDown}}, kNow);
  const auto found = dispatcher.matching(*choice, 10);
  require(found.empty() == !choice->matches(kDown));
  const ExplainedRule rule{
      .rule = {.alert = std::string(choice->named("alertname")), .expression = "used > 90", .labels = {}}};
  const auto labels = choose(*choice, std::vector{rule}, found);
  if (!labels) return require(!labels.error().message.empty());
  const Explanation about{.labels = *labels, .rules = {rule}, .routing = dispatcher.explain(*labels, kNow)};
  const auto reply = answer_explain(SeriesSource(Snapshot()), about, kNow, {});
  require(reply.status == 200 && boost::json::parse(reply.body).is_object());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size > 4096) return 0;
  const auto parameters = parse_parameters({reinterpret_cast<const char*>(data), size});
  ask_for_events(parameters);
  ask_why(find(parameters, "alert").value_or(""));
  return 0;
}
