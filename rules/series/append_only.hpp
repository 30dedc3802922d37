// An array that only grows, so that copies of it share their elements while the newest copy goes on growing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <utility>

namespace a2od {

/// One copy, the writer's, may append: it writes slots that no other copy can see, or moves to a larger array of its
/// own. Other copies may be read from any thread meanwhile.
template <class T>
class AppendOnly {
 public:
  [[nodiscard]] std::size_t size() const { return end_ - begin_; }
  [[nodiscard]] bool empty() const { return begin_ == end_; }
  [[nodiscard]] const T& operator[](std::size_t i) const { return data_.get()[begin_ + i]; }
  [[nodiscard]] std::span<const T> items() const { return {data_.get() + begin_, size()}; }
  /// The next element moves it to a larger array.
  [[nodiscard]] bool is_full() const { return end_ == capacity_; }
  [[nodiscard]] std::size_t bytes() const { return capacity_ * sizeof(T); }

  void push_back(T item) {
    if (is_full()) move_to(size() + size() / 4 + 1);  // most arrays stay tiny: 1 2 3 4 6 8
    data_.get()[end_++] = std::move(item);
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
  void move_to(std::size_t capacity) {
    auto larger = std::make_shared<T[]>(capacity);
    for (std::size_t i = 0; i < size(); ++i) larger.get()[i] = data_.get()[begin_ + i];
    end_ = static_cast<std::uint32_t>(size());
    begin_ = 0;
    capacity_ = static_cast<std::uint32_t>(capacity);
    data_ = std::move(larger);
  }

  std::shared_ptr<T[]> data_;
  std::uint32_t begin_ = 0;
  std::uint32_t end_ = 0;
  std::uint32_t capacity_ = 0;
};

}  // namespace a2od
