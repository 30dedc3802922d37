// A configuration written for a tenant as it was found, with what an administrator should know as comments.
#pragma once

#include "collectors/collector.hpp"
#include "collectors/tables/access.hpp"
#include "config/config.hpp"
#include "config/time.hpp"
#include "daemon/discovery/estate.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace a2od {

/// A right that is not held, or could not be tried.
struct LackingRight {
  TableRight right = TableRight::missing;
  std::string name;         ///< "prvReadMailbox"
  std::string used_by;      ///< "mailboxes/mailboxes"
  std::string environment;  ///< its name; empty: the tenant as a whole
  std::string why;
};

struct FoundTenant {
  TenantConfig tenant;
  Estate estate;
  std::vector<LackingRight> lacking;
  std::size_t compared = 0;  ///< in so many environments were rights tried
};

struct FoundConfiguration {
  std::vector<FoundTenant> tenants;
  TransportConfig transport;
  std::vector<std::string> rule_files;
};

/// YAML that read_config takes: how tenants sign in (secrets by where they are, never themselves), their environments,
/// collectors with something to read and those that `config` has a section of, rules, and receivers as an example in
/// comments. Names, types and all else that services said cannot be anything but text in it. Without environments it
/// says how to sign in, and nothing more.
[[nodiscard]] std::string configuration_text(const FoundConfiguration& found, const Config& config,
                                             std::span<const Collector> collectors, Timestamp now);

/// A line for each right that is missing ("missing  prvReadMailbox for mailboxes/mailboxes, in 3 of 20 environments:
/// …"), and for each of the first environments where that is unknown.
[[nodiscard]] std::vector<std::string> rights_text(const FoundTenant& found);

}  // namespace a2od
