// How often a test takes memory.
#pragma once

#include <cstddef>

namespace a2od::test {

/// By this thread, since the program began.
[[nodiscard]] std::size_t allocations();

}  // namespace a2od::test
