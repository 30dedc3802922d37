#include "daemon/heap.hpp"

#include <cstdlib>

#ifdef __GLIBC__
#include <malloc.h>
#endif

namespace a2od {

void set_up_heap() {
#ifdef __GLIBC__
  // A heap for each of the few threads: the event loop, which has that of main(), never waits for one that was put off
  // the processor while it took memory or gave it back.
  constexpr int kHeaps = 12;
  // Pages for scrapers, answers, and the numbers of an evaluation go back to the system at once; so many of them, as
  // the system has a limit for mappings.
  constexpr int kLarge = 256 << 10;
  constexpr int kMostLarge = 16'384;
  mallopt(M_ARENA_MAX, kHeaps);
  mallopt(M_MMAP_THRESHOLD, kLarge);
  mallopt(M_MMAP_MAX, kMostLarge);
#endif
}

void give_back_free_memory() {
#ifdef __GLIBC__
  malloc_trim(0);
#endif
}

}  // namespace a2od
