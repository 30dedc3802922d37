// What a tenant has, sorted into what is worth watching and what is not, and what of it a configuration does not know.
#pragma once

#include "collectors/inventory/inventory.hpp"
#include "config/config.hpp"

#include <span>
#include <string>
#include <vector>

namespace a2od {

struct LeftOut {
  Environment environment;
  std::string reason;     ///< a few words
  bool filtered = false;  ///< by include or exclude of the configuration: nothing need be added to it
};

struct Estate {
  /// By what they are called. Each has a name of its own that a configuration takes, the same whenever the tenant is
  /// asked.
  std::vector<Environment> listed;
  std::vector<LeftOut> left_out;
};

/// What the tenant's configuration lists is watched whatever its state, by the name that it has there. Of the others
/// those are left out that are disabled, without Dataverse and finance and operations, or being made or deleted.
[[nodiscard]] Estate estate_of(const TenantConfig& tenant, std::span<const inventory::Record> records);

/// How the list of the tenant's configuration differs, a line each: "+ …" what it does not list, "- …" what the tenant
/// does not have any more, "~ …" what is listed and disabled or at another address. Empty where there is nothing to
/// say.
[[nodiscard]] std::vector<std::string> differences(const TenantConfig& tenant,
                                                   std::span<const inventory::Record> records);

/// "Sandbox, europe, https://contoso.crm4.dynamics.com", on one line and bounded, whatever the API said.
[[nodiscard]] std::string facts_of(const Environment& environment);

/// A word of an open set as it is, where it is letters, digits and a few signs; else as below.
[[nodiscard]] std::string word(std::string_view text);

/// In double quotes, on one line and bounded.
[[nodiscard]] std::string quoted_name(std::string_view name);

}  // namespace a2od
