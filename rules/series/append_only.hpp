// An array that only grows, so that copies of it share their elements while the newest copy goes on growing.
#pragma once

#include <boost/smart_ptr/intrusive_ptr.hpp>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <span>
#include <utility>

namespace a2od {

/// One copy, the writer's, may append: it writes slots that no other copy can see, moves to a larger array of its own,
/// or, where nobody shares the array, to the front of it. Other copies may be read from any thread meanwhile. Series
/// have one each: it takes 16 bytes, and 8 beside the elements.
template <class T>
class AppendOnly {
 public:
  [[nodiscard]] std::size_t size() const { return end_ - begin_; }
  [[nodiscard]] bool empty() const { return begin_ == end_; }
  [[nodiscard]] const T& operator[](std::size_t i) const { return block_->items()[begin_ + i]; }
  [[nodiscard]] std::span<const T> items() const {
    return block_ ? std::span<const T>(block_->items() + begin_, size()) : std::span<const T>();
  }
  /// The next element moves all, within the array or to a larger one.
  [[nodiscard]] bool is_full() const { return end_ == capacity(); }
  [[nodiscard]] std::size_t bytes() const { return block_ ? sizeof(Block) + capacity() * sizeof(T) : 0; }

  void push_back(T item) {
    if (is_full()) make_room();
    block_->items()[end_++] = std::move(item);
  }

  /// Forgets the first `count` elements; their memory goes when more than half is forgotten.
  void drop_front(std::size_t count) {
    begin_ += static_cast<std::uint32_t>(count);
    if (empty()) {
      *this = {};
    } else if (begin_ > size()) {
      move_to(size());
    }
  }

 private:
  /// The elements follow it.
  struct alignas(alignof(T) > 8 ? alignof(T) : 8) Block {
    mutable std::atomic<std::uint32_t> uses{0};
    std::uint32_t capacity;

    explicit Block(std::uint32_t size) : capacity(size) { std::uninitialized_value_construct_n(items(), capacity); }
    Block(const Block&) = delete;
    Block& operator=(const Block&) = delete;
    ~Block() { std::destroy_n(items(), capacity); }
    [[nodiscard]] T* items() { return reinterpret_cast<T*>(this + 1); }

    friend void intrusive_ptr_add_ref(const Block* block) noexcept {
      block->uses.fetch_add(1, std::memory_order_relaxed);
    }
    friend void intrusive_ptr_release(Block* block) noexcept {
      if (block->uses.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
      block->~Block();
      ::operator delete(block);
    }
  };
  static_assert(alignof(T) <= __STDCPP_DEFAULT_NEW_ALIGNMENT__);

  [[nodiscard]] std::uint32_t capacity() const { return block_ ? block_->capacity : 0; }

  void make_room() {
    constexpr std::size_t kTiny = 8;  // as most arrays are: they have no room to spare
    const bool much_forgotten = begin_ * kTiny > size();
    if (much_forgotten && block_->uses.load(std::memory_order_acquire) == 1) {
      T* const items = block_->items();
      std::move(items + begin_, items + end_, items);
      end_ -= begin_;
      begin_ = 0;
    } else {
      move_to(size() + (size() < kTiny ? 1 : size() / 4));
    }
  }

  void move_to(std::size_t capacity) {
    void* const memory = ::operator new(sizeof(Block) + capacity * sizeof(T));
    boost::intrusive_ptr<Block> larger(new (memory) Block(static_cast<std::uint32_t>(capacity)));
    for (std::size_t i = 0; i < size(); ++i) larger->items()[i] = block_->items()[begin_ + i];
    end_ = static_cast<std::uint32_t>(size());
    begin_ = 0;
    block_ = std::move(larger);
  }

  boost::intrusive_ptr<Block> block_;
  std::uint32_t begin_ = 0;
  std::uint32_t end_ = 0;
};

}  // namespace a2od
