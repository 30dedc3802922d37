// The names of a label set: label sets of the same names share them.
#pragma once

#include <boost/smart_ptr/intrusive_ptr.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace a2od {

/// Whether a name is of letters, digits and underscores, as all were before UTF-8 was allowed: others are written in
/// quotes.
[[nodiscard]] bool is_classic_label_name(std::string_view name);

/// Sorted, distinct, never empty. An estate has few of them: the first thousands are kept for as long as the process
/// runs, and are found again by any thread.
class LabelNames {
 public:
  using Ptr = boost::intrusive_ptr<const LabelNames>;

  /// The names of these labels, which are sorted by them.
  [[nodiscard]] static Ptr of(std::span<const std::pair<std::string_view, std::string_view>> labels);

  [[nodiscard]] std::uint32_t count() const { return static_cast<std::uint32_t>(names_.size()); }
  [[nodiscard]] std::string_view operator[](std::size_t i) const { return names_[i]; }
  /// Of all of them.
  [[nodiscard]] std::size_t text_size() const { return text_size_; }
  [[nodiscard]] bool are_classic() const { return classic_; }
  bool operator==(const LabelNames& other) const { return this == &other || names_ == other.names_; }

 private:
  explicit LabelNames(std::vector<std::string> names);

  friend void intrusive_ptr_add_ref(const LabelNames* names) noexcept {
    if (!names->kept_) names->uses_.fetch_add(1, std::memory_order_relaxed);
  }
  friend void intrusive_ptr_release(const LabelNames* names) noexcept {
    if (!names->kept_ && names->uses_.fetch_sub(1, std::memory_order_acq_rel) == 1) delete names;
  }

  std::vector<std::string> names_;
  std::size_t text_size_ = 0;
  bool classic_ = true;
  bool kept_ = false;
  mutable std::atomic<std::uint32_t> uses_{0};
};

}  // namespace a2od
