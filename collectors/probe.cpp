#include "collectors/probe.hpp"

#include "collectors/environment_url.hpp"
#include "collectors/part.hpp"
#include "collectors/sample_list.hpp"
#include "config/text.hpp"

#include <chrono>
#include <utility>

namespace a2od {
namespace {

using cloud::Cause;

std::optional<bool> was_authorized(Cause cause) {
  if (cause == Cause::sign_in || cause == Cause::denied || cause == Cause::not_a_user) return false;
  return std::nullopt;
}

void add_durations(SampleList& samples, const Metric& metric, const cloud::Phases& phases) {
  const Milliseconds durations[] = {phases.lookup, phases.connect, phases.tls, phases.first_byte, phases.total};
  for (std::size_t i = 0; i < std::size(durations); ++i)
    samples.add(metric, std::chrono::duration<double>(durations[i]).count(), {{"phase", std::string(kProbePhases[i])}});
}

std::vector<Sample> samples_of_success(const ProbeMetrics& metrics, const std::string& environment_id,
                                       const cloud::Phases& phases) {
  SampleList samples(environment_id);
  samples.add(metrics.reachable, 1.0);
  samples.add(metrics.authorized, 1.0);
  samples.add_states(metrics.result, "result", kProbeResults, "ok");
  add_durations(samples, metrics.duration, phases);
  return samples.take();
}

std::optional<double> as_value(std::optional<bool> flag) {
  if (!flag) return std::nullopt;
  return *flag ? 1.0 : 0.0;
}

std::vector<Sample> samples_of_failure(const ProbeMetrics& metrics, const std::string& environment_id,
                                       const cloud::Failure& failure) {
  SampleList samples(environment_id);
  const auto result = failure.stage == cloud::Stage::token ? "sign_in" : probe_result(failure.cause);
  if (result.empty()) return {};
  samples.add(metrics.reachable, as_value(was_reached(failure)));
  samples.add(metrics.authorized, as_value(was_authorized(failure.cause)));
  samples.add_states(metrics.result, "result", kProbeResults, result);
  return samples.take();
}

}  // namespace

Cause explained(const cloud::Failure& failure, std::string_view runtime_state) {
  const auto cause = failure.cause;
  if (failure.stage != cloud::Stage::request) return cause;
  if (same_text(runtime_state, "AdminMode") && cause == Cause::denied) return Cause::admin_mode;
  if (!same_text(runtime_state, "Disabled")) return cause;
  switch (cause) {
    case Cause::lookup:
    case Cause::denied:
    case Cause::absent:
    case Cause::server:
    case Cause::refused:
      return Cause::disabled;
    default:
      return cause;
  }
}

std::string_view probe_result(Cause cause) {
  switch (cause) {
    case Cause::lookup:
    case Cause::connection:
    case Cause::tls:
    case Cause::timeout:
      return "network";
    case Cause::sign_in:
      return "sign_in";
    case Cause::denied:
    case Cause::not_a_user:
      return "denied";
    case Cause::admin_mode:
      return "admin_mode";
    case Cause::disabled:
      return "disabled";
    case Cause::throttled:
      return "throttled";
    case Cause::budget:
      return {};
    case Cause::absent:
    case Cause::server:
    case Cause::refused:
    case Cause::malformed:
      return "error";
  }
  return "error";
}

std::optional<bool> was_reached(const cloud::Failure& failure) {
  if (failure.stage != cloud::Stage::request) return std::nullopt;
  switch (failure.cause) {
    case Cause::lookup:
    case Cause::connection:
    case Cause::tls:
    case Cause::timeout:
    case Cause::absent:
    case Cause::server:
      return false;
    case Cause::disabled:
      return failure.status != 0;
    default:
      return true;
  }
}

Part probe_part(const PartDescription& description, const ProbeMetrics& metrics, const Environment& environment,
                const cloud::Reply<cloud::Answer>& reply) {
  if (reply) return decoded_part(description, samples_of_success(metrics, environment.id, reply->phases));
  auto failure = reply.error();
  failure.cause = explained(failure, environment.state);
  Part part = failed_part(description, failure);
  if (part.outcome == Outcome::absent) part.outcome = Outcome::unreachable;
  part.samples = samples_of_failure(metrics, environment.id, failure);
  return part;
}

std::optional<Probe> probe_of(const std::string& url, const Environment& environment,
                              const cloud::Reply<cloud::Answer>& reply) {
  if (reply) return Probe{host_of(url), std::nullopt};
  const auto cause = explained(reply.error(), environment.state);
  if (cause == Cause::budget) return std::nullopt;
  return Probe{host_of(url), reply.error().stage == cloud::Stage::token ? Cause::sign_in : cause};
}

}  // namespace a2od
