#include "tests/tenant/fault.hpp"

#include "tests/tenant/fields.hpp"
#include "tests/tenant/request.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace a2od::tenant {
namespace {

constexpr std::array<std::string_view, 19> kKinds{"throttle",     "unauthorized", "claims_challenge", "forbidden",
                                                  "server_error", "status",       "sign_in_error",    "slow_first_byte",
                                                  "drip",         "cut",          "truncated_json",   "malformed_json",
                                                  "empty_body",   "wrong_types",  "missing_columns",  "endless_paging",
                                                  "huge_body",    "deep_json",    "skewed_clock"};

FaultKind kind_of(std::string_view name) {
  return static_cast<FaultKind>(std::ranges::find(kKinds, name) - kKinds.begin());
}

}  // namespace

std::string_view to_string(FaultKind kind) { return kKinds.at(static_cast<std::size_t>(kind)); }

Fault read_fault(const Node& node, Problems& problems) {
  Fault fault;
  std::string kind(to_string(fault.kind));
  std::uint64_t count = 0;
  Fields fields(node, "fault", problems);
  fields.text("name", fault.name);
  fields.text("route", fault.route);
  fields.required("kind");
  fields.choice("kind", kind, kKinds);
  fields.number("status", fault.status);
  fields.text("retry_after", fault.retry_after);
  fields.text("code", fault.code);
  fields.text("message", fault.message);
  fields.duration("delay", fault.delay);
  fields.number("bytes", fault.bytes);
  fields.texts("columns", fault.columns);
  fields.duration("from", fault.from);
  fields.duration("until", fault.until);
  const Node* counted = fields.node("count");
  fields.number("count", count);
  fields.number("percent", fault.percent);
  if (fault.status < 200 || fault.status > 599) fields.problem(node.position(), "'status' must be from 200 to 599");
  if (fault.percent > 100) fields.problem(node.position(), "'percent' must be at most 100");
  fields.finish();
  fault.kind = kind_of(kind);
  if (counted != nullptr) fault.count = count;
  return fault;
}

void Faults::add(Fault fault) { armed_.push_back({std::move(fault)}); }

void Faults::clear() { armed_.clear(); }

std::size_t Faults::remove(std::string_view name) {
  return std::erase_if(armed_, [name](const Armed& armed) { return armed.fault.name == name; });
}

std::optional<Fault> Faults::strike(std::string_view host_and_path, Milliseconds since_start) {
  for (auto& [fault, matched, struck] : armed_) {
    if (since_start < fault.from || (fault.until && since_start >= *fault.until)) continue;
    if (fault.count && struck >= *fault.count) continue;
    if (!matches(fault.route, host_and_path)) continue;
    const auto before = matched * fault.percent / 100;
    ++matched;
    if (matched * fault.percent / 100 == before) continue;
    ++struck;
    return fault;
  }
  return std::nullopt;
}

}  // namespace a2od::tenant
