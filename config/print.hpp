// A document as YAML again, without comments, aliases and secrets.
#pragma once

#include "config/document.hpp"

#include <set>
#include <string>

namespace a2od {

/// Scalars at the positions in `secrets` read `<secret>`, as Prometheus shows them, behind the host where they are
/// addresses.
[[nodiscard]] std::string print_document(const Node& root, const std::set<Position>& secrets);

/// Without the keys that are ours alone, for clients that read Alertmanager's configuration.
[[nodiscard]] std::string print_alertmanager_part(const Node& root, const std::set<Position>& secrets);

}  // namespace a2od
