#include "collectors/cloud/session.hpp"

#include <algorithm>

namespace a2od::cloud {

namespace {

bool is_denial(Cause cause) { return outcome_of(cause) == Outcome::denied; }

/// Dataverse names the privilege that is missing: "… is missing prvReadAsyncOperation privilege …".
std::string_view named_privilege(std::string_view message) {
  const auto start = message.find("prv");
  if (start == std::string_view::npos) return {};
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
  const std::string_view rest = message.substr(start);
  const auto length = std::ranges::find_if_not(rest, letter) - rest.begin();
  return length > 3 ? rest.substr(0, static_cast<std::size_t>(length)) : std::string_view();
}

}  // namespace

std::string_view to_string(Service service) {
  switch (service) {
    case Service::admin:
      return "admin";
    case Service::power_platform:
      return "power_platform";
    case Service::dataverse:
      return "dataverse";
    case Service::finance_operations:
      return "finance_operations";
    case Service::graph:
      return "graph";
  }
  return "unknown";
}

std::string_view to_string(Cause cause) {
  switch (cause) {
    case Cause::lookup:
      return "lookup";
    case Cause::connection:
      return "connection";
    case Cause::tls:
      return "tls";
    case Cause::timeout:
      return "timeout";
    case Cause::sign_in:
      return "sign_in";
    case Cause::denied:
      return "denied";
    case Cause::not_a_user:
      return "not_a_user";
    case Cause::admin_mode:
      return "admin_mode";
    case Cause::disabled:
      return "disabled";
    case Cause::absent:
      return "absent";
    case Cause::throttled:
      return "throttled";
    case Cause::budget:
      return "budget";
    case Cause::server:
      return "server";
    case Cause::refused:
      return "refused";
    case Cause::malformed:
      return "malformed";
  }
  return "unknown";
}

Outcome outcome_of(Cause cause) {
  switch (cause) {
    case Cause::sign_in:
    case Cause::denied:
    case Cause::not_a_user:
    case Cause::admin_mode:
      return Outcome::denied;
    case Cause::throttled:
    case Cause::budget:
      return Outcome::throttled;
    case Cause::lookup:
    case Cause::connection:
    case Cause::tls:
    case Cause::timeout:
    case Cause::disabled:
    case Cause::server:
      return Outcome::unreachable;
    case Cause::absent:
      return Outcome::absent;
    case Cause::refused:
    case Cause::malformed:
      return Outcome::broken;
  }
  return Outcome::broken;
}

Part failed_part(std::string_view name, const Failure& failure, std::string_view right) {
  Part part;
  part.name = name;
  part.outcome = outcome_of(failure.cause);
  part.error = failure.message;
  if (!is_denial(failure.cause)) return part;
  const std::string_view privilege = named_privilege(failure.message);
  part.missing_right = privilege.empty() ? right : privilege;
  return part;
}

}  // namespace a2od::cloud
