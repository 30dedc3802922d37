// The tables of the state database, as the steps that lead from one version to the next.
#pragma once

#include <span>

namespace a2od {

/// Step n leads from version n to n + 1. Steps are only ever added.
[[nodiscard]] std::span<const char* const> schema_steps();

}  // namespace a2od
