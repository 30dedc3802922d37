// Which environments of a tenant are watched: what was discovered, filtered, with what the operator listed.
#pragma once

#include "collectors/sample.hpp"
#include "config/config.hpp"

#include <vector>

namespace a2od::inventory {

/// `discovered` after the filters of `tenant`, merged with the environments that it lists.
///
/// A filter's patterns match a value as a whole. `include` takes an environment that matches in each of the lists that
/// are given (names, types, regions); `exclude` drops one that matches in any of them. What the operator lists is
/// watched whatever the filters say: one that was discovered too (the same id, or the same URL where no id is given)
/// gets the listed name and addresses, the others follow at the end, in the order of the configuration.
[[nodiscard]] std::vector<Environment> watched_environments(const TenantConfig& tenant,
                                                            std::vector<Environment> discovered);

}  // namespace a2od::inventory
