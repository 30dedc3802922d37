#include "daemon/notify/drill/drill.hpp"

#include "config/quote.hpp"
#include "config/utf8.hpp"
#include "daemon/notify/webhook_body.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

namespace a2od {
namespace {

constexpr std::size_t kMostPairs = 64;
constexpr std::size_t kLongestName = 128;
constexpr std::size_t kLongestText = 4096;
constexpr std::size_t kLongestTexts = 16'384;
constexpr std::size_t kLongestAuthor = 128;
constexpr std::string_view kIdBegins = "TEST-";
constexpr std::size_t kIdDigits = 8;

/// They open something that stays until it is told the end.
bool keeps_open(std::string_view kind) {
  return kind == PagerdutyConfig::kName || kind == OpsgenieConfig::kName || kind == ServicenowConfig::kName;
}

bool wakes_up(const ReceiverConfig& receiver, std::string_view kind) {
  return receiver.pages || kind == PagerdutyConfig::kName || kind == OpsgenieConfig::kName;
}

Result<void> check_texts(std::string_view what, const std::map<std::string, std::string>& texts) {
  if (texts.size() > kMostPairs) return failure(fmt::format("{} {}s, at most {}", texts.size(), what, kMostPairs));
  std::size_t size = 0;
  for (const auto& [name, text] : texts) {
    size += name.size() + text.size();
    if (name.empty() || name.size() > kLongestName || !is_valid_utf8(name))
      return failure(fmt::format("the name of each {} must be UTF-8 of 1 to {} bytes", what, kLongestName));
    if (text.size() > kLongestText || !is_valid_utf8(text))
      return failure(fmt::format("{} {} must be UTF-8 of at most {} bytes", what, quote(name), kLongestText));
  }
  if (size > kLongestTexts) return failure(fmt::format("{}s of {} bytes, at most {}", what, size, kLongestTexts));
  return {};
}

RoutedAlert test_alert(const DrillRequest& request, const Labels& labels, std::string_view external_url,
                       Timestamp now) {
  std::vector<Labels::Pair> pairs(labels.pairs().begin(), labels.pairs().end());
  pairs.emplace_back(kDrillLabel, request.id);
  auto marked = Labels::from(std::move(pairs));
  auto annotations = request.annotations;
  const auto origin = fmt::format("asked for by {} at {}", request.asked_by, go_time(now));
  const auto put_before = [&](const char* name, std::string text) {
    auto& given = annotations[name];
    given = given.empty() ? std::move(text) : fmt::format("{}: {}", text, given);
  };
  put_before("summary", fmt::format("TEST, nothing is wrong ({})", origin));
  put_before("description", fmt::format("This is test {} of a2od, {}. Nothing is wrong and nothing needs to be done",
                                        request.id, origin));
  auto id = fingerprint(marked);
  return {.fingerprint = std::move(id),
          .labels = std::move(marked),
          .annotations = std::move(annotations),
          .starts_at = now,
          .ends_at = now + request.fires_for,
          .updated_at = now,
          .generator_url = std::string(external_url)};
}

std::string text_of(Timestamp at) { return go_time(std::chrono::floor<std::chrono::seconds>(at)); }

std::vector<std::string> reasons(const ExplainedRouting& routing) {
  std::vector<std::string> out;
  if (routing.learning_until)
    out.push_back(
        fmt::format("a2od is learning until {}: it logs new alerts and sends none", text_of(*routing.learning_until)));
  for (const auto& silence : routing.silences)
    out.push_back(fmt::format("silenced until {} by {}: {} (silence {})", text_of(silence.ends_at),
                              quote(silence.created_by), quote(silence.comment), silence.id));
  for (const auto& id : routing.maintenance)
    out.push_back(fmt::format("kept back by maintenance: {}", id.substr(id.find('/') + 1)));
  for (const auto& labels : routing.inhibited_by)
    out.push_back(fmt::format("inhibited by {}, which fires", labels.to_string()));
  return out;
}

/// Where messages of a drill come from: one route, or the receiver that was named.
struct Origin {
  const ReceiverConfig& receiver;
  std::vector<std::string> path{};
  std::string group;  ///< no other group's, and no other drill's: nothing real is merged with it or ended by it
  Labels group_labels;
  std::string withheld{};
};

Labels marked_group(const Labels& group_labels, const std::string& id) {
  std::vector<Labels::Pair> pairs(group_labels.pairs().begin(), group_labels.pairs().end());
  pairs.emplace_back(kDrillLabel, id);
  return Labels::from(std::move(pairs));
}

void add_deliveries(const DrillRequest& request, const Origin& from, std::string_view external_url, Drill& drill) {
  const auto all = integrations_of(from.receiver);
  for (std::size_t i = 0; i < all.size(); ++i) {
    const auto& to = all[i];
    if (request.only && *request.only != to) continue;
    const auto& config = from.receiver.integrations[i];
    DrillDelivery delivery{.to = to,
                           .path = from.path,
                           .pages = wakes_up(from.receiver, to.kind),
                           .owes_end = sends_resolved(config) || keeps_open(to.kind),
                           .withheld = from.withheld};
    if (delivery.withheld.empty() && delivery.pages && !request.page && request.mode == DrillRequest::Mode::send)
      delivery.withheld = "it may wake somebody up, which only a test with --page does";
    const auto message = [&](Timestamp at, std::optional<Timestamp> ended) {
      return Message{.to = to,
                     .group_key = from.group,
                     .body = render_body({.receiver = from.receiver.name,
                                          .group_key = from.group,
                                          .group_labels = from.group_labels,
                                          .external_url = std::string(external_url),
                                          .alerts = {{&drill.alert, ended}},
                                          .max_alerts = most_alerts(config)}),
                     .created = at,
                     .decided = at};
    };
    delivery.firing = message(drill.at, std::nullopt);
    delivery.end = message(drill.alert.ends_at, drill.alert.ends_at);
    drill.deliveries.push_back(std::move(delivery));
  }
}

}  // namespace

std::string drill_id(std::uint32_t random) { return fmt::format("{}{:08x}", kIdBegins, random); }

bool is_drill_id(std::string_view text) {
  if (!text.starts_with(kIdBegins) || text.size() != kIdBegins.size() + kIdDigits) return false;
  return std::ranges::all_of(text.substr(kIdBegins.size()),
                             [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

Result<void> check_drill(const DrillRequest& request) {
  if (!is_drill_id(request.id)) return failure("id must be one that an earlier answer gave: TEST- and 8 hex digits");
  if (request.asked_by.empty() || request.asked_by.size() > kLongestAuthor || !is_valid_utf8(request.asked_by))
    return failure(fmt::format("who asks must be UTF-8 of 1 to {} bytes: those who get the test will want to know",
                               kLongestAuthor));
  if (request.labels.contains(std::string(kDrillLabel)))
    return failure(fmt::format("label {} is given by the test itself", kDrillLabel));
  if (request.fires_for < Milliseconds(0) || request.fires_for > kLongestDrill)
    return failure("a test fires for at most 30m");
  if (auto labels = check_texts("label", request.labels); !labels) return labels;
  return check_texts("annotation", request.annotations);
}

Labels labels_of(const DrillRequest& request) {
  std::vector<Labels::Pair> pairs;
  for (const auto& [name, value] : request.labels)
    if (!value.empty()) pairs.emplace_back(name, value);
  if (!request.labels.contains("alertname")) pairs.emplace_back("alertname", "TestAlert");
  return Labels::from(std::move(pairs));
}

Result<Drill> plan_drill(const DrillRequest& request, const ExplainedRouting& routing,
                         std::span<const ReceiverConfig> receivers, std::string_view external_url, Timestamp now) {
  const auto labels = labels_of(request);
  Drill drill{.id = request.id,
              .mode = request.mode,
              .at = now,
              .labels = labels,
              .alert = test_alert(request, labels, external_url, now),
              .held_by = {},
              .routes = {},
              .deliveries = {}};
  const auto find = [&](const std::string& name) { return std::ranges::find(receivers, name, &ReceiverConfig::name); };
  const auto group_of = [&](std::string_view group) { return fmt::format("{}/{}", group, request.id); };
  if (!request.receiver.empty()) {
    const auto named = find(request.receiver);
    if (named == receivers.end()) {
      std::vector<std::string> names;
      for (const auto& receiver : receivers) names.push_back(quote(receiver.name));
      return failure(
          fmt::format("there is no receiver {}; there are: {}", quote(request.receiver), fmt::join(names, ", ")));
    }
    add_deliveries(request,
                   {.receiver = *named,
                    .group = group_of("{}:" + labels.to_string()),
                    .group_labels = marked_group(labels, request.id)},
                   external_url, drill);
    return drill;
  }
  drill.held_by = reasons(routing);
  drill.routes = routing.routes;
  for (const auto& route : routing.routes) {
    const auto receiver = find(route.receiver);
    if (receiver == receivers.end()) continue;
    auto why = drill.held_by;
    if (!route.muted_by.empty())
      why.push_back(fmt::format("its route is muted now by {}", fmt::join(route.muted_by, ", ")));
    add_deliveries(request,
                   {.receiver = *receiver,
                    .path = route.path,
                    .group = group_of(route.group),
                    .group_labels = marked_group(route.group_labels, request.id),
                    .withheld = fmt::format("{}", fmt::join(why, "; "))},
                   external_url, drill);
  }
  return drill;
}

bool may_have_been_told(const DeliveryResult& result, std::string_view kind) {
  if (classify(result) == Verdict::delivered) return true;
  const bool is_unclear = classify(result) == Verdict::retry && (result.status == 0 || result.status >= 500);
  return is_unclear && keeps_open(kind);
}

bool DrillDelivery::is_good(DrillRequest::Mode mode) const {
  if (!withheld.empty() || !shown.error.empty() || !shown.failures.empty()) return false;
  if (mode == DrillRequest::Mode::show) return true;
  if (!result || classify(*result) != Verdict::delivered) return false;
  if (ended.state == DrillEnd::State::late) return false;
  return ended.state != DrillEnd::State::told || (ended.result && classify(*ended.result) == Verdict::delivered);
}

bool Drill::is_good() const {
  return !deliveries.empty() &&
         std::ranges::all_of(deliveries, [&](const DrillDelivery& delivery) { return delivery.is_good(mode); });
}

}  // namespace a2od
