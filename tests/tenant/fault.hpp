// Faults on demand: which requests they strike, when, and how often.
#pragma once

#include "config/document.hpp"
#include "config/time.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace a2od::tenant {

enum class FaultKind : std::uint8_t {
  throttle,          ///< 429; retry_after: header text, absent without; code: requests time concurrency (Dataverse)
  unauthorized,      ///< 401 as after a token's expiry
  claims_challenge,  ///< 401 that asks for a token with other claims
  forbidden,         ///< 403 with `code` and `message`
  server_error,      ///< 5xx with the service's error body, or with text where `code` is "html"
  status,            ///< any `status` with `code` and `message`
  sign_in_error,     ///< the token endpoint's error `code`: 7000222, …
  slow_first_byte,   ///< the true reply after `delay`
  drip,              ///< the true reply, `bytes` at a time, `delay` apart
  cut,               ///< connection reset after `bytes` of the true reply
  truncated_json,    ///< half of the body, correctly framed
  malformed_json,    ///< a body that is not JSON
  empty_body,        ///< 200 with nothing
  wrong_types,       ///< numbers as texts, texts as numbers; only those of `columns` where given
  missing_columns,   ///< without the members that `columns` names, at any depth
  endless_paging,    ///< a next link that leads to the same page, for ever
  huge_body,         ///< `bytes` of valid JSON
  deep_json,         ///< `bytes` arrays inside each other
  skewed_clock,      ///< the Date header is off by `delay`
};

struct Fault {
  std::string name;         ///< to remove it by; may be empty
  std::string route = "*";  ///< pattern over "host/path"; '*' stands for anything
  FaultKind kind = FaultKind::server_error;
  std::uint64_t status = 503;
  std::string retry_after;
  std::string code;
  std::string message;
  Milliseconds delay{};
  std::uint64_t bytes = 0;
  std::vector<std::string> columns;
  Milliseconds from{};                 ///< since the tenant's start
  std::optional<Milliseconds> until;   ///< since the tenant's start
  std::optional<std::uint64_t> count;  ///< strikes this often, then never again
  std::uint64_t percent = 100;         ///< of the requests that match, spread evenly
};

[[nodiscard]] std::string_view to_string(FaultKind kind);
[[nodiscard]] Fault read_fault(const Node& node, Problems& problems);

/// The faults that a tenant has at a moment. The first one that strikes a request wins.
class Faults {
 public:
  void add(Fault fault);
  void clear();
  /// Removes every fault of this name, and returns how many there were.
  std::size_t remove(std::string_view name);
  /// The fault that strikes this request, counted as struck.
  [[nodiscard]] std::optional<Fault> strike(std::string_view host_and_path, Milliseconds since_start);

 private:
  struct Armed {
    Fault fault;
    std::uint64_t matched = 0;
    std::uint64_t struck = 0;
  };
  std::vector<Armed> armed_;
};

}  // namespace a2od::tenant
