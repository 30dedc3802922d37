// A label set: sorted, immutable, cheap to copy and to compare.
#pragma once

#include "rules/series/label_names.hpp"

#include <boost/smart_ptr/intrusive_ptr.hpp>

#include <atomic>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <initializer_list>
#include <ranges>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace a2od {

inline constexpr std::string_view kMetricName = "__name__";

/// Whether a name could be a label's (see is_classic_label_name) but for colons.
[[nodiscard]] bool is_classic_metric_name(std::string_view name);

class Labels {
 public:
  using Pair = std::pair<std::string_view, std::string_view>;

  Labels() = default;
  /// Sorted here; pairs with an empty value are dropped, as Prometheus does. Names must be distinct.
  Labels(std::initializer_list<Pair> pairs);
  [[nodiscard]] static Labels from(std::vector<Pair> pairs);

  /// A random-access range of Pair, sorted by name. It and the texts live as long as this label set, or a copy of it.
  [[nodiscard]] auto pairs() const {
    return std::views::iota(std::uint32_t{0}, count()) |
           std::views::transform([data = data_.get()](std::uint32_t i) { return data->pair(i); });
  }
  /// The value of a label, empty where there is none.
  [[nodiscard]] std::string_view get(std::string_view name) const;
  [[nodiscard]] bool empty() const { return count() == 0; }
  [[nodiscard]] std::size_t size() const { return count(); }
  [[nodiscard]] std::uint64_t hash() const;
  /// All values, one after the other.
  [[nodiscard]] std::string_view text_of_values() const {
    return data_ ? std::string_view(data_->text(), data_->text_size()) : std::string_view();
  }
  /// Of all names and values.
  [[nodiscard]] std::size_t text_size() const { return data_ ? data_->names->text_size() + data_->text_size() : 0; }
  [[nodiscard]] bool names_are_classic() const { return !data_ || data_->names->are_classic(); }
  /// What this label set takes in memory, but for its names; its copies share it.
  [[nodiscard]] std::size_t bytes() const { return data_ ? sizeof(Data) + data_->bytes().size() : 0; }

  /// Brings it near, for who will read it soon.
  void prefetch() const {
    constexpr std::size_t kCacheLine = 64;
    const auto* bytes = reinterpret_cast<const char*>(data_.get());
    for (std::size_t line = 0; line < 2; ++line) __builtin_prefetch(bytes + line * kCacheLine);
  }

  [[nodiscard]] Labels with(std::string_view name, std::string_view value) const;  ///< an empty value removes it
  [[nodiscard]] Labels without(std::span<const std::string_view> names) const;
  [[nodiscard]] Labels only(std::span<const std::string_view> names) const;

  /// {a="b", c="d"} with escapes; the metric name in front where there is one.
  [[nodiscard]] std::string to_string() const;

  bool operator==(const Labels& other) const;
  std::strong_ordering operator<=>(const Labels& other) const;  ///< Prometheus' order: pair by pair

 private:
  /// One allocation, as hundreds of thousands of them are held: this header, then where each value ends in the text, in
  /// as few bytes as the text's length takes, then the text.
  struct Data {
    LabelNames::Ptr names;
    std::uint64_t hash = 0;
    mutable std::atomic<std::uint32_t> uses{0};
    std::uint32_t width = 1;  ///< bytes of an end: 1, 2 or 4

    [[nodiscard]] std::uint32_t count() const { return names->count(); }
    [[nodiscard]] const char* ends() const { return reinterpret_cast<const char*>(this + 1); }
    [[nodiscard]] const char* text() const { return ends() + std::size_t{count()} * width; }
    [[nodiscard]] std::size_t text_size() const { return end(count() - 1); }
    [[nodiscard]] std::uint32_t end(std::uint32_t i) const {
      if (width == 1) return static_cast<unsigned char>(ends()[i]);
      return width == 2 ? end_as<std::uint16_t>(i) : end_as<std::uint32_t>(i);
    }
    [[nodiscard]] Pair pair(std::uint32_t i) const {
      const std::uint32_t begin = i == 0 ? 0 : end(i - 1);
      return {(*names)[i], {text() + begin, end(i) - begin}};
    }
    /// All that makes two label sets of the same names equal.
    [[nodiscard]] std::string_view bytes() const { return {ends(), std::size_t{count()} * width + text_size()}; }

   private:
    template <class Integer>
    [[nodiscard]] Integer end_as(std::uint32_t i) const {
      Integer end = 0;
      std::memcpy(&end, ends() + i * sizeof(end), sizeof(end));
      return end;
    }
  };
  friend void intrusive_ptr_add_ref(const Data* data) noexcept { data->uses.fetch_add(1, std::memory_order_relaxed); }
  friend void intrusive_ptr_release(const Data* data) noexcept;

  explicit Labels(boost::intrusive_ptr<const Data> data) : data_(std::move(data)) {}
  [[nodiscard]] std::uint32_t count() const { return data_ ? data_->count() : 0; }

  boost::intrusive_ptr<const Data> data_;
};

}  // namespace a2od

template <>
struct std::hash<a2od::Labels> {
  std::size_t operator()(const a2od::Labels& labels) const noexcept { return labels.hash(); }
};
