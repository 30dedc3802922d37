// Microsoft's rule for storage: whose surplus covers whose overrun, what is missing in the end, and what that blocks.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

namespace a2od::capacity {

/// One kind of storage in bytes; nothing where it is unknown. Consumption is the rated one: what counts.
struct Store {
  std::optional<double> entitled;
  std::optional<double> consumed;
};

struct TenantStorage {
  Store database;
  Store file;
  Store log;
};

inline constexpr std::string_view kOperations[] = {"create", "copy", "restore", "recover", "convert", "add_database"};

struct Deficit {
  double bytes = 0;          ///< what no surplus covers; 0: within entitlement
  double free_database = 0;  ///< database surplus that is left after it covered the others
  /// A tenant that is entitled to nothing owns only the default environment's included storage: it has no capacity
  /// that could run out, and nothing is said of what is blocked.
  bool entitled = true;
};

/// Database surplus covers log; what is left of it, and log surplus, cover file; nothing covers database, and file
/// covers nothing. Nothing when an input is unknown. A tenant without any entitlement (Microsoft 365 licences alone) is
/// measured against the default environment's included 3 GB database, 3 GB file and 1 GB log, so that it does not look
/// out of capacity.
[[nodiscard]] std::optional<Deficit> deficit_of(const TenantStorage& storage);

/// Under the older licence model one total stands against one consumption.
[[nodiscard]] std::optional<Deficit> legacy_deficit_of(const Store& total);

/// Which of kOperations Microsoft refuses: any deficit blocks all of them; create, recover and convert need 1 GB of
/// free database besides. Empty for a tenant that is entitled to nothing.
struct OperationState {
  std::string_view operation;
  bool blocked = false;
  bool operator==(const OperationState&) const = default;
};
[[nodiscard]] std::vector<OperationState> operation_states(const Deficit& deficit);

}  // namespace a2od::capacity
