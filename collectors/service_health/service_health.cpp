#include "collectors/service_health/service_health.hpp"

#include "collectors/cloud/api_error.hpp"
#include "collectors/fields.hpp"
#include "collectors/part.hpp"
#include "collectors/sample_list.hpp"
#include "config/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace a2od::service_health {
namespace {

namespace asio = boost::asio;

constexpr std::string_view kOverviews = "/v1.0/admin/serviceAnnouncement/healthOverviews?$expand=issues";
constexpr std::size_t kMostServices = 100;
constexpr std::size_t kMostDetails = 20;

/// OSDPPlatform is the Microsoft 365 suite, OrgLiveID is identity. MicrosoftDataverse is unconfirmed.
constexpr std::string_view kServices[] = {"DynamicsCRM",   "MicrosoftDataverse", "PowerApps",
                                          "PowerAppsM365", "MicrosoftFlow",      "MicrosoftFlowM365",
                                          "PowerBIcom",    "OSDPPlatform",       "OrgLiveID"};

constexpr std::string_view kClassifications[] = {"incident", "advisory", "other"};

struct Tally {
  double open = 0;
  std::optional<Timestamp> since;
};

struct Overview {
  SampleList samples;
  std::set<std::string> services;
  std::vector<Detail> incidents;
  std::vector<Detail> others;
};

/// Nobody could confirm the ids of finance and operations and of Business Central: their names are known.
bool is_ours(std::string_view id, std::string_view name) {
  return name.starts_with("Dynamics 365") ||
         std::ranges::any_of(kServices, [&](std::string_view ours) { return same_text(id, ours); });
}

bool is_open(const Fields& issue) {
  const auto resolved = issue.flag({"isResolved"});
  return resolved ? !*resolved : !issue.time({"endDateTime"});
}

/// An index of kClassifications.
std::size_t classification_of(const Fields& issue) {
  const auto word = issue.text({"classification"}).value_or("");
  const auto known = std::ranges::find_if(kClassifications, [&](auto name) { return same_text(word, name); });
  const auto last = std::size(kClassifications) - 1;
  return std::min(static_cast<std::size_t>(known - std::begin(kClassifications)), last);
}

void add_detail(std::vector<Detail>& details, std::string_view classification, std::string_view service,
                const Fields& issue) {
  if (details.size() == kMostDetails) return;
  details.push_back(
      {&kOpenIssues, cloud::clean_text(fmt::format("{} {} of {}: {}", classification, issue.text({"id"}).value_or("-"),
                                                   service, issue.text({"title"}).value_or("no title")))});
}

void read_issues(const Fields& service, std::string_view id, std::string_view name, Overview& overview) {
  std::array<Tally, std::size(kClassifications)> tallies;
  for (const auto& issue : service.items({"issues"})) {
    if (!is_open(issue)) continue;
    const auto classification = classification_of(issue);
    auto& tally = tallies[classification];
    ++tally.open;
    if (const auto began = issue.time({"startDateTime"})) tally.since = std::min(*began, tally.since.value_or(*began));
    add_detail(classification == 0 ? overview.incidents : overview.others, kClassifications[classification], name,
               issue);
  }
  for (std::size_t i = 0; i < tallies.size(); ++i) {
    const SampleList::SampleLabels labels{{"service", std::string(id)},
                                          {"classification", std::string(kClassifications[i])}};
    overview.samples.add(kOpenIssues, tallies[i].open, labels);
    overview.samples.add(kIssueSince, tallies[i].since, labels);
  }
}

void read_service(const Fields& service, Overview& overview) {
  const auto id = service.required_text({"id"});
  const auto name = service.text({"service"}).value_or(id);
  if (!is_ours(id, name) || !overview.services.insert(std::string(id)).second) return;
  if (overview.services.size() > kMostServices) return service.refuse({"id"}, "no more than 100 services");
  if (const auto status = service.text({"status"}))
    overview.samples.add(kOperational, same_text(*status, "serviceOperational") ? 1.0 : 0.0,
                         {{"service", std::string(id)}});
  read_issues(service, id, name, overview);
}

asio::awaitable<RunResult> collect(Run& run) {
  cloud::Request request;
  request.service = cloud::Service::graph;
  request.target = kOverviews;
  const auto items = co_await run.session.send_paged(std::move(request));
  RunResult result;
  result.parts.push_back(items ? found_part(kParts[0], decode(*items)) : failed_part(kParts[0], items.error()));
  co_return result;
}

}  // namespace

Result<Findings> decode(std::span<const boost::json::value> items) {
  Overview overview;
  auto fault = read_each(items, [&](const Fields& service) { read_service(service, overview); });
  if (!fault.empty()) return failure(std::move(fault));
  auto details = std::move(overview.incidents);
  std::ranges::move(overview.others, std::back_inserter(details));
  details.resize(std::min(details.size(), kMostDetails));
  return Findings{overview.samples.take(), std::move(details)};
}

}  // namespace a2od::service_health

namespace a2od {

Collector service_health_collector() {
  return {.name = "service_health",
          .about = "Microsoft's own incidents and advisories on Dynamics 365, Power Platform and what they need.",
          .scope = Scope::tenant,
          .interval = std::chrono::minutes(15),
          .timeout = std::chrono::minutes(2),
          .metrics = service_health::kMetrics,
          .parts = service_health::kParts,
          .collect = service_health::collect};
}

}  // namespace a2od
