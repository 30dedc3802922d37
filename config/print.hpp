// A document as YAML again, without comments, aliases and secrets.
#pragma once

#include "config/document.hpp"

#include <set>
#include <string>

namespace a2od {

/// Scalars at the positions in `secrets` read `<secret>`, as Prometheus shows them.
[[nodiscard]] std::string print_document(const Node& root, const std::set<Position>& secrets);

}  // namespace a2od
