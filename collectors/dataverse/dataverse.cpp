#include "collectors/dataverse/dataverse.hpp"

#include "collectors/fields.hpp"
#include "collectors/part.hpp"
#include "collectors/sample_list.hpp"

#include <fmt/format.h>

#include <cmath>
#include <optional>
#include <utility>

namespace a2od::dataverse {
namespace {

namespace asio = boost::asio;

constexpr std::string_view kWhoAmI = "/api/data/v9.2/WhoAmI";
constexpr std::string_view kOrganizations =
    "/api/data/v9.2/organizations?$select=organizationid,organizationstate,isdisabled";
constexpr std::string_view kCurrentOrganization =
    "/api/data/v9.2/RetrieveCurrentOrganization"
    "(AccessType=Microsoft.Dynamics.CRM.EndpointAccessType'Default')";
constexpr ProbeMetrics kProbe{kReachable, kAuthorized, kProbeResult, kProbeDuration};

std::string_view state_of(std::optional<double> code) {
  if (!code || *code != std::floor(*code) || *code < 0 || *code >= std::size(kOrganizationStates)) return {};
  return kOrganizationStates[static_cast<std::size_t>(*code)];
}

cloud::Request request(const Run& run, std::string_view target) {
  cloud::Request request;
  request.service = cloud::Service::dataverse;
  request.base = run.environment->url;
  request.target = target;
  request.priority = cloud::Priority::health;
  return request;
}

/// An answer that is not one of WhoAmI's becomes a failure of the probe.
cloud::Reply<cloud::Answer> checked(cloud::Reply<cloud::Answer> reply, const std::string& url) {
  if (!reply) return reply;
  const auto identity = check_identity(reply->body);
  if (identity) return reply;
  cloud::Failure failure;
  failure.cause = cloud::Cause::malformed;
  failure.status = reply->status;
  failure.message = fmt::format("{}: the answer of WhoAmI cannot be read: {}", url, identity.error().message);
  return std::unexpected(std::move(failure));
}

asio::awaitable<Part> collect_organization(Run& run) {
  auto first = request(run, kOrganizations);
  const auto organizations = co_await run.session.send(std::move(first));
  if (!organizations) co_return failed_part(kParts[1], organizations.error());
  auto second = request(run, kCurrentOrganization);
  const auto current = co_await run.session.send(std::move(second));
  if (!current) co_return failed_part(kParts[1], current.error());
  co_return decoded_part(kParts[1], decode_organization(run.environment->id, organizations->body, current->body));
}

asio::awaitable<RunResult> collect(Run& run) {
  const auto& environment = *run.environment;
  auto probe = request(run, kWhoAmI);
  probe.fresh_connection = true;
  auto answer = co_await run.session.send(std::move(probe));
  const auto reply = checked(std::move(answer), environment.url);
  RunResult result;
  result.parts.push_back(probe_part(kParts[0], kProbe, environment, reply));
  result.probe = probe_of(environment.url, environment, reply);
  if (!reply) {
    Part unasked = result.parts.front();
    unasked.name = kParts[1].name;
    unasked.samples.clear();
    result.parts.push_back(std::move(unasked));
    co_return result;
  }
  auto organization = co_await collect_organization(run);
  result.parts.push_back(std::move(organization));
  co_return result;
}

}  // namespace

Result<void> check_identity(const boost::json::value& body) {
  std::string fault;
  const Fields answer(body, "", fault);
  answer.required_text({"UserId"});
  answer.required_text({"OrganizationId"});
  if (!fault.empty()) return failure(std::move(fault));
  return {};
}

Result<std::vector<Sample>> decode_organization(const std::string& environment_id,
                                                const boost::json::value& organizations,
                                                const boost::json::value& current) {
  std::string fault;
  const auto rows = Fields(organizations, "", fault).items({"value"});
  const Fields answer(current, "", fault);
  answer.require_object({"Detail"});
  if (!fault.empty()) return failure(std::move(fault));
  if (rows.size() != 1) return failure(fmt::format("value: expected one organization, found {}", rows.size()));

  const auto& row = rows.front();
  row.required_text({"organizationid"});
  SampleList samples(environment_id);
  const auto state = row.number({"organizationstate"});
  if (state) samples.add_states(kOrganizationState, "state", kOrganizationStates, state_of(state));
  const auto disabled = row.flag({"isdisabled"});
  if (disabled) samples.add(kOrganizationEnabled, *disabled ? 0.0 : 1.0);
  const auto version = answer.text({"Detail", "OrganizationVersion"});
  if (version) samples.add(kInfo, 1.0, {{"version", std::string(*version)}});
  if (!fault.empty()) return failure(std::move(fault));
  return samples.take();
}

}  // namespace a2od::dataverse

namespace a2od {

Collector dataverse_collector() {
  return {.name = "dataverse",
          .about = "Whether the Dataverse of an environment answers, how fast, whether it lets us in, and its state.",
          .scope = Scope::environment,
          .interval = std::chrono::minutes(5),
          .timeout = std::chrono::minutes(2),
          .priority = cloud::Priority::health,
          .metrics = dataverse::kMetrics,
          .parts = dataverse::kParts,
          .applies = &Environment::has_dataverse,
          .collect = dataverse::collect};
}

}  // namespace a2od
