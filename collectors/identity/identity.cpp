#include "collectors/identity/identity.hpp"

#include "collectors/fields.hpp"
#include "collectors/identity/certificate.hpp"
#include "collectors/part.hpp"
#include "collectors/sample_list.hpp"
#include "config/text.hpp"

#include <fmt/format.h>

#include <set>
#include <string>
#include <utility>

namespace a2od::identity {
namespace {

namespace asio = boost::asio;

constexpr std::string_view kApplications =
    "/v1.0/applications?$select=id,appId,displayName,keyCredentials,passwordCredentials&$top=999";

Part absent_part(const PartDescription& description, std::string why = {}) {
  Part part;
  part.name = description.name;
  part.outcome = Outcome::absent;
  part.error = std::move(why);
  return part;
}

void add_expiry(SampleList& samples, std::string_view credential, std::string_view source, std::string_view key_id,
                std::optional<Timestamp> expires) {
  samples.add(
      kExpiry, expires,
      {{"credential", std::string(credential)}, {"source", std::string(source)}, {"key_id", std::string(key_id)}});
}

Part certificate_part(const TenantConfig& tenant) {
  if (!tenant.certificate) return absent_part(kParts[0]);
  const auto certificate = read_certificate(tenant.certificate->certificate_file);
  if (!certificate) return broken_part(kParts[0], certificate.error().message);
  SampleList samples;
  add_expiry(samples, "certificate", "file", certificate->thumbprint, certificate->expires);
  return decoded_part(kParts[0], samples.take());
}

void add_credentials(SampleList& samples, std::string_view credential, const std::vector<Fields>& keys) {
  std::set<std::string_view> seen;
  for (const auto& key : keys) {
    const auto id = key.required_text({"keyId"});
    if (seen.insert(id).second) add_expiry(samples, credential, "graph", id, key.time({"endDateTime"}));
  }
}

asio::awaitable<Part> collect_application(Run& run) {
  if (run.tenant.managed_identity) co_return absent_part(kParts[1]);  // Azure renews its keys
  cloud::Request request;
  request.service = cloud::Service::graph;
  request.target = kApplications;
  request.priority = cloud::Priority::bulk;
  const auto items = co_await run.session.send_paged(std::move(request));
  if (!items) co_return failed_part(kParts[1], items.error());
  auto samples = decode_applications(*items, run.tenant.client_id);
  if (!samples) co_return decoded_part(kParts[1], failure(samples.error().message));
  if (!samples->has_value())
    co_return absent_part(kParts[1],
                          fmt::format("application {} is not registered in the tenant", run.tenant.client_id));
  co_return decoded_part(kParts[1], std::move(**samples));
}

asio::awaitable<RunResult> collect(Run& run) {
  RunResult result;
  result.parts.push_back(certificate_part(run.tenant));
  auto application = co_await collect_application(run);
  result.parts.push_back(std::move(application));
  co_return result;
}

}  // namespace

Result<std::optional<std::vector<Sample>>> decode_applications(std::span<const boost::json::value> items,
                                                               std::string_view client_id) {
  std::string fault;
  for (std::size_t i = 0; i < items.size(); ++i) {
    const Fields application(items[i], fmt::format("value[{}]", i), fault);
    const auto id = application.required_text({"appId"});
    if (!fault.empty()) return failure(std::move(fault));
    if (!same_text(id, client_id)) continue;
    SampleList samples;
    add_credentials(samples, "certificate", application.items({"keyCredentials"}));
    add_credentials(samples, "secret", application.items({"passwordCredentials"}));
    if (!fault.empty()) return failure(std::move(fault));
    return samples.take();
  }
  return std::nullopt;
}

}  // namespace a2od::identity

namespace a2od {

Collector identity_collector() {
  return {.name = "identity",
          .about = "Until when our own certificate and secret are valid.",
          .scope = Scope::tenant,
          .interval = std::chrono::hours(1),
          .timeout = std::chrono::minutes(5),
          .metrics = identity::kMetrics,
          .parts = identity::kParts,
          .collect = identity::collect};
}

}  // namespace a2od
