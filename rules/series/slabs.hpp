// Memory for objects of one size that are copied and forgotten by the thousand.
#pragma once

#include <cstddef>
#include <list>
#include <memory>
#include <mutex>

namespace a2od {

/// The objects lie in slabs of their own, and a slab goes back to the system with the last of them. In the heap, each
/// would leave a hole between things that live longer, and one smaller than a page goes back with nothing. May be asked
/// on any thread.
class Slabs {
 public:
  /// Of each object, in bytes; aligned as `new` does.
  explicit Slabs(std::size_t size);
  Slabs(const Slabs&) = delete;
  Slabs& operator=(const Slabs&) = delete;
  /// Everything has been given back.
  ~Slabs() = default;

  [[nodiscard]] void* take();
  void give_back(void* object) noexcept;

  /// What the slabs take.
  [[nodiscard]] std::size_t bytes() const;

 private:
  struct Cell;
  struct Slab {
    std::unique_ptr<std::byte[]> memory;
    std::size_t used = 0;     ///< cells
    std::size_t touched = 0;  ///< cells that were used once: the memory of others is not there yet
    Cell* free = nullptr;     ///< those that were touched and are not used
  };
  /// Comes before each object.
  struct Cell {
    std::list<Slab>::iterator slab;
    Cell* next = nullptr;
  };
  static_assert(sizeof(Cell) % __STDCPP_DEFAULT_NEW_ALIGNMENT__ == 0);

  const std::size_t cell_size_;
  const std::size_t cells_;  ///< of a slab
  mutable std::mutex mutex_;
  std::list<Slab> with_room_;
  std::list<Slab> full_;
};

/// For std::allocate_shared: all objects of a type are in the same slabs.
template <class T>
class SlabAllocator {
 public:
  using value_type = T;

  SlabAllocator() = default;
  template <class Other>
  explicit(false) SlabAllocator(const SlabAllocator<Other>&) {}

  [[nodiscard]] T* allocate(std::size_t) { return static_cast<T*>(slabs().take()); }
  void deallocate(T* object, std::size_t) noexcept { slabs().give_back(object); }
  friend bool operator==(const SlabAllocator&, const SlabAllocator&) { return true; }

 private:
  static_assert(alignof(T) <= __STDCPP_DEFAULT_NEW_ALIGNMENT__);
  /// It is there until the last thread has ended.
  static Slabs& slabs() {
    static auto& slabs = *new Slabs(sizeof(T));
    return slabs;
  }
};

}  // namespace a2od
