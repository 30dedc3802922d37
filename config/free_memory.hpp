// Containers that are emptied for good, or for long.
#pragma once

namespace a2od {

/// Empties a container and gives its memory back: `container = {}` assigns an empty list to it, and keeps the memory.
template <class Container>
void free_memory(Container& container) {
  Container().swap(container);
}

}  // namespace a2od
