#include "collectors/mailboxes/mailboxes.hpp"

#include "collectors/cloud/api_error.hpp"
#include "collectors/fields.hpp"
#include "collectors/sample_list.hpp"
#include "collectors/tables/codes.hpp"
#include "collectors/tables/memory.hpp"
#include "collectors/tables/reader.hpp"

#include <boost/json/array.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <map>
#include <optional>
#include <utility>

namespace a2od::mailboxes {
namespace {

namespace asio = boost::asio;
namespace json = boost::json;
using namespace std::chrono_literals;

constexpr std::size_t kMostDetails = 20;
constexpr Code kStatus[] = {{0, "not_run"}, {1, "success"}, {2, "failure"}};
constexpr double kFailure = 2;
constexpr double kApproved = 1;
constexpr Code kTestResults[] = {{0, "failure"}, {1, "success"}, {2, "warning"}};
constexpr Code kLevels[] = {{1, "information"}, {2, "warning"}, {3, "error"}};

/// What a mailbox may do, and the code by which its delivery method says that the server does it.
struct Direction {
  std::string_view name;
  std::string_view method;
  double by_server;
  std::string_view status;
};
constexpr Direction kDirections[] = {
    {"incoming", "incomingemaildeliverymethod", 2, "incomingemailstatus"},
    {"outgoing", "outgoingemaildeliverymethod", 2, "outgoingemailstatus"},
    {"appointments", "actdeliverymethod", 1, "actstatus"},
};

struct Age {
  std::string_view name;
  Milliseconds limit;
};
constexpr Age kAges[] = {{"1h", 1h}, {"6h", 6h}, {"1d", 24h}, {"7d", 168h}};

struct Tally {
  std::map<std::pair<std::string_view, std::string>, double> by_status;
  std::array<double, std::size(kAges)> not_synced{};
  double unapproved = 0;
  double postponed = 0;
  double with_errors = 0;
  std::optional<Timestamp> oldest_sync;
  std::vector<Detail> details;

  void note(const Metric& metric, std::string text) {
    const auto lines = std::ranges::count(details, &metric, &Detail::metric);
    if (static_cast<std::size_t>(lines) < kMostDetails) details.push_back({&metric, cloud::clean_text(text)});
  }
};

void count_directions(const Fields& row, std::string_view name, Tally& tally) {
  for (const auto& direction : kDirections) {
    if (row.number({direction.method}) != direction.by_server) continue;
    const auto status = row.number({direction.status});
    ++tally.by_status[{direction.name, name_of(kStatus, status)}];
    if (status == kFailure) tally.note(kMailboxes, fmt::format("{}: {} fails", name, direction.name));
  }
}

void count_sync(const Fields& row, std::string_view name, Timestamp now, Tally& tally) {
  const auto synced = row.time({"lastsuccessfulsynccompletedon"});
  if (synced) tally.oldest_sync = std::min(*synced, tally.oldest_sync.value_or(*synced));
  for (std::size_t i = 0; i < std::size(kAges); ++i)
    if (!synced || now - *synced > kAges[i].limit) ++tally.not_synced[i];
  if (!synced || now - *synced > 24h)
    tally.note(kNotSynced,
               fmt::format("{}: {}", name,
                           synced ? "last synchronised " + odata_time(*synced) : std::string("never synchronised")));
}

void count(const Fields& row, Timestamp now, Tally& tally) {
  const auto name = row.text({"name"}).value_or("a mailbox without a name");
  count_directions(row, name, tally);
  count_sync(row, name, now, tally);
  if (const auto approval = row.number({"emailrouteraccessapproval"}); approval && *approval != kApproved) {
    ++tally.unapproved;
    tally.note(kUnapproved, std::string(name));
  }
  const auto until = row.time({"postponemailboxprocessinguntil"});
  if (until && *until > now) {
    ++tally.postponed;
    tally.note(kPostponed, fmt::format("{}: until {}", name, odata_time(*until)));
  }
  if (row.number({"lastsyncerrorcount"}).value_or(0) > 0) {
    ++tally.with_errors;
    tally.note(kWithErrors, fmt::format("{}: {}", name, row.text({"lastsyncerror"}).value_or("no text")));
  }
}

asio::awaitable<Part> collect_mailboxes(TableReader& reader, const Run& run) {
  Query query{.select = {"name", "emailrouteraccessapproval", "incomingemaildeliverymethod",
                         "outgoingemaildeliverymethod", "actdeliverymethod", "incomingemailstatus",
                         "outgoingemailstatus", "actstatus", "lastsuccessfulsynccompletedon", "lastsyncerror",
                         "lastsyncerrorcount", "postponemailboxprocessinguntil"},
              .filter =
                  "statecode eq 0 and (incomingemaildeliverymethod eq 2 or outgoingemaildeliverymethod eq 2 or "
                  "actdeliverymethod eq 1)"};
  auto decode = [&](const auto& rows) { return decode_mailboxes(run.environment->id, rows, run.clock.wall()); };
  co_return co_await read_rows(reader, kParts[0], std::move(query), decode);
}

asio::awaitable<Part> collect_profiles(TableReader& reader, const Run& run) {
  Query query{.select = {"name", "lasttestexecutionstatus", "lastcrmmessage"}, .filter = "statecode eq 0"};
  auto decode = [&](const json::value& page) { return decode_profiles(run.environment->id, page); };
  co_return co_await read_page(reader, kParts[1], std::move(query), decode);
}

Result<void> take_alerts(const json::value& page, EventLog& log, json::array& lines) {
  std::string fault;
  for (const auto& row : Fields(page, "", fault).items({"value"})) {
    const auto at = row.time({"createdon"});
    if (!at) continue;
    const auto level = name_of(kLevels, row.number({"level"}));
    if (!log.take(row.required_text({"tracelogid"}), *at, level)) continue;
    lines.insert(lines.begin(), json::value(cloud::clean_text(fmt::format("{} {}: {}", odata_time(*at), level,
                                                                          row.text({"text"}).value_or("no text")))));
  }
  if (!fault.empty()) return failure(std::move(fault));
  return {};
}

asio::awaitable<Part> collect_alerts(TableReader& reader, const Run& run, Memory& memory) {
  const auto now = run.clock.wall();
  auto log = memory.log("alerts", now);
  Query query{.select = {"tracelogid", "level", "text", "createdon"},
              .filter = fmt::format("level ge 2 and createdon ge {}", odata_time(log.since())),
              .order_by = "createdon asc"};
  auto decode = [&](const json::value& page) -> Result<Findings> {
    json::array lines;
    const auto taken = take_alerts(page, log, lines);
    if (!taken) return failure(taken.error().message);
    log.close(now, brought_by(page));
    memory.keep("alerts", log);
    memory.prepend_lines("newest_alerts", std::move(lines), kMostDetails);
    SampleList samples(run.environment->id);
    for (const std::string_view level : {"warning", "error"})
      samples.add(kAlerts, log.count(level), {{"level", std::string(level)}});
    return Findings{samples.take(), memory.details("newest_alerts", kAlerts)};
  };
  co_return co_await read_page(reader, kParts[2], std::move(query), decode);
}

asio::awaitable<RunResult> collect(Run& run) {
  TableReader reader(run);
  Memory memory(run.memory);
  RunResult result;
  auto boxes = co_await collect_mailboxes(reader, run);
  result.parts.push_back(std::move(boxes));
  auto profiles = co_await collect_profiles(reader, run);
  result.parts.push_back(std::move(profiles));
  auto alerts = co_await collect_alerts(reader, run, memory);
  result.parts.push_back(std::move(alerts));
  result.memory = memory.take();
  co_return result;
}

}  // namespace

Result<Findings> decode_mailboxes(const std::string& environment_id, std::span<const json::value> rows, Timestamp now) {
  Tally tally;
  auto fault = read_each(rows, [&](const Fields& row) { count(row, now, tally); });
  if (!fault.empty()) return failure(std::move(fault));
  SampleList samples(environment_id);
  for (const auto& direction : kDirections)
    for (const auto& status : kStatus) tally.by_status.try_emplace({direction.name, std::string(status.name)}, 0);
  for (const auto& [key, count] : tally.by_status)
    samples.add(kMailboxes, count, {{"direction", std::string(key.first)}, {"status", key.second}});
  samples.add(kUnapproved, tally.unapproved);
  samples.add(kPostponed, tally.postponed);
  for (std::size_t i = 0; i < std::size(kAges); ++i)
    samples.add(kNotSynced, tally.not_synced[i], {{"within", std::string(kAges[i].name)}});
  samples.add(kWithErrors, tally.with_errors);
  samples.add(kOldestSync, tally.oldest_sync);
  return Findings{samples.take(), std::move(tally.details)};
}

Result<Findings> decode_profiles(const std::string& environment_id, const json::value& page) {
  std::string fault;
  Findings findings;
  std::map<std::string, double> counts{{"success", 0}, {"failure", 0}, {"warning", 0}};
  for (const auto& row : Fields(page, "", fault).items({"value"})) {
    const auto tested = row.number({"lasttestexecutionstatus"});
    const auto result = tested ? name_of(kTestResults, tested) : std::string("not_run");
    ++counts[result];
    if (result != "failure" || findings.details.size() == kMostDetails) continue;
    findings.details.push_back(
        {&kProfiles, cloud::clean_text(fmt::format("{}: {}", row.text({"name"}).value_or("a profile without a name"),
                                                   row.text({"lastcrmmessage"}).value_or("no text")))});
  }
  if (!fault.empty()) return failure(std::move(fault));
  SampleList samples(environment_id);
  for (const auto& [result, count] : counts) samples.add(kProfiles, count, {{"result", result}});
  findings.samples = samples.take();
  return findings;
}

}  // namespace a2od::mailboxes

namespace a2od {

Collector mailboxes_collector() {
  return {.name = "mailboxes",
          .about = "Mailboxes that the server synchronises: status by direction, last synchronisation, errors.",
          .scope = Scope::environment,
          .interval = std::chrono::minutes(15),
          .timeout = std::chrono::minutes(3),
          .metrics = mailboxes::kMetrics,
          .parts = mailboxes::kParts,
          .applies = &Environment::has_dataverse,
          .collect = mailboxes::collect};
}

}  // namespace a2od
