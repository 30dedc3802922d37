#include "rules/series/slabs.hpp"

#include <sanitizer/asan_interface.h>

#include <new>

namespace a2od {
namespace {

/// From this size on, the C library maps memory of its own for each, and gives it back at once: see set_up_heap().
constexpr std::size_t kSlabBytes = 256 << 10;

std::size_t rounded_up(std::size_t size) {
  constexpr std::size_t kAlignment = __STDCPP_DEFAULT_NEW_ALIGNMENT__;
  return (size + kAlignment - 1) / kAlignment * kAlignment;
}

}  // namespace

Slabs::Slabs(std::size_t size)
    : cell_size_(sizeof(Cell) + rounded_up(size)), cells_((kSlabBytes + cell_size_ - 1) / cell_size_) {}

void* Slabs::take() {
  const std::scoped_lock lock(mutex_);
  if (with_room_.empty()) {
    with_room_.push_back({.memory = std::make_unique_for_overwrite<std::byte[]>(cells_ * cell_size_)});
  }
  const auto slab = with_room_.begin();
  Cell* cell = slab->free;
  if (cell != nullptr) {
    slab->free = cell->next;
    ASAN_UNPOISON_MEMORY_REGION(cell + 1, cell_size_ - sizeof(Cell));
  } else {
    cell = new (slab->memory.get() + slab->touched++ * cell_size_) Cell{.slab = slab};
  }
  if (++slab->used == cells_) full_.splice(full_.end(), with_room_, slab);
  return cell + 1;
}

void Slabs::give_back(void* object) noexcept {
  const std::scoped_lock lock(mutex_);
  Cell* const cell = static_cast<Cell*>(object) - 1;
  const auto slab = cell->slab;
  // At the end: slabs that lack few are filled up before those that may become empty.
  if (slab->used == cells_) with_room_.splice(with_room_.end(), full_, slab);
  ASAN_POISON_MEMORY_REGION(object, cell_size_ - sizeof(Cell));  // whoever uses it still is found out
  cell->next = slab->free;
  slab->free = cell;
  if (--slab->used == 0) with_room_.erase(slab);
}

std::size_t Slabs::bytes() const {
  const std::scoped_lock lock(mutex_);
  return (with_room_.size() + full_.size()) * cells_ * cell_size_;
}

}  // namespace a2od
