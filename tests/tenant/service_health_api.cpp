#include "tests/tenant/services.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>

namespace a2od::tenant {
namespace {

constexpr std::string_view kOverviews = "/v1.0/admin/serviceAnnouncement/healthOverviews";
constexpr std::uint64_t kDefaultPage = 100;
constexpr std::uint64_t kLargestPage = 1000;

struct Service {
  std::string_view id;
  std::string_view name;
};
constexpr Service kServices[] = {
    {"Exchange", "Exchange Online"},
    {"OSDPPlatform", "Microsoft 365 suite"},
    {"OrgLiveID", "Identity Service"},
    {"DynamicsCRM", "Dynamics 365 Apps"},
    {"PowerApps", "Power Apps"},
    {"PowerAppsM365", "Power Apps in Microsoft 365"},
    {"MicrosoftFlow", "Microsoft Power Automate"},
    {"MicrosoftFlowM365", "Power Automate in Microsoft 365"},
    {"PowerBIcom", "Power BI"},
    {"MicrosoftDataverse", "Microsoft Dataverse"},
};

ApiReply refused(std::string_view message) { return error_reply(Api::graph, 400, "BadRequest", message); }

std::optional<std::uint64_t> number(std::string_view text) {
  std::uint64_t value = 0;
  const auto* end = text.data() + text.size();
  if (std::from_chars(text.data(), end, value) != std::from_chars_result{end, {}}) return std::nullopt;
  return value;
}

/// As recorded: posts, which are long, are of no use to us.
json::object issue_body(const World& world, const ServiceIssue& issue, std::string_view service) {
  const auto began = world.start() - issue.age;
  json::object body{{"startDateTime", iso_time(began)},
                    {"endDateTime", nullptr},
                    {"lastModifiedDateTime", iso_time(world.start())},
                    {"title", issue.title},
                    {"id", "CR" + guid(world.scenario().seed, issue.title).substr(0, 6)},
                    {"impactDescription", issue.title},
                    {"classification", issue.classification},
                    {"origin", "microsoft"},
                    {"status", issue.resolved ? "serviceRestored" : issue.status},
                    {"service", service},
                    {"feature", "Other"},
                    {"featureGroup", "Other"},
                    {"isResolved", issue.resolved},
                    {"highImpact", nullptr},
                    {"details", json::array()},
                    {"posts", json::array()}};
  if (issue.resolved) body["endDateTime"] = iso_time(world.start());
  return body;
}

json::object overview_body(const World& world, const Service& service, bool with_issues) {
  std::string status = "serviceOperational";
  json::array issues;
  for (const auto& issue : world.scenario().service_issues) {
    if (issue.service != service.id) continue;
    if (!issue.resolved) status = issue.status;
    issues.push_back(issue_body(world, issue, service.name));
  }
  json::object body{{"service", service.name}, {"status", status}, {"id", service.id}};
  if (with_issues) body["issues"] = std::move(issues);
  return body;
}

/// Of those that nobody knows, so that there is something to page through, and then of those above.
json::object overview(const World& world, std::uint64_t at, bool with_issues) {
  const auto made_up =
      world.scenario().services - std::min<std::uint64_t>(world.scenario().services, std::size(kServices));
  if (at >= made_up) return overview_body(world, kServices[at - made_up], with_issues);
  const auto id = fmt::format("Service{}", at);
  return overview_body(world, {id, id}, with_issues);
}

/// "odata.maxpagesize=50" of the Prefer header; nothing where it is out of bounds.
std::optional<std::uint64_t> page_size(const ApiRequest& request) {
  constexpr std::string_view kPreference = "odata.maxpagesize=";
  const auto prefer = request.header("Prefer");
  if (!prefer.starts_with(kPreference)) return kDefaultPage;
  const auto size = number(prefer.substr(kPreference.size()));
  if (!size || *size == 0 || *size > kLargestPage) return std::nullopt;
  return size;
}

ApiReply overviews(const World& world, const ApiRequest& request) {
  for (const auto& [name, value] : request.options)
    if (name != "$skip" && (name != "$expand" || value != "issues"))
      return refused(fmt::format("The query option '{}={}' is not supported.", name, value));
  const auto* skip = request.option("$skip");
  const auto first = skip == nullptr ? 0 : number(*skip);
  const auto size = page_size(request);
  if (!first || !size) return refused("Invalid page size or $skip.");
  const bool with_issues = request.option("$expand") != nullptr;
  const auto end = std::min(*first + *size, world.scenario().services);

  json::array rows;
  for (auto at = *first; at < end; ++at) rows.push_back(overview(world, at, with_issues));
  json::object body{
      {"@odata.context", "https://graph.microsoft.com/v1.0/$metadata#admin/serviceAnnouncement/healthOverviews"},
      {"value", std::move(rows)}};
  if (end < world.scenario().services)
    body["@odata.nextLink"] =
        fmt::format("https://{}{}?{}$skip={}", request.host, kOverviews, with_issues ? "$expand=issues&" : "", end);
  return {200, std::move(body), {}};
}

}  // namespace

ApiReply service_health_api(const World& world, const ApiRequest& request) {
  if (std::ranges::find(world.scenario().rights, "ServiceHealth.Read.All") == world.scenario().rights.end())
    return error_reply(Api::graph, 403, "Authorization_RequestDenied",
                       "Insufficient privileges to complete the operation.");
  if (request.path == kOverviews) return overviews(world, request);
  return refused(fmt::format("Resource not found for the segment '{}'.", request.path));
}

}  // namespace a2od::tenant
