// A label set: sorted, immutable, cheap to copy and to compare.
#pragma once

#include <boost/smart_ptr/intrusive_ptr.hpp>

#include <atomic>
#include <compare>
#include <cstdint>
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

/// In double quotes, with the escapes that PromQL reads back.
[[nodiscard]] std::string double_quoted(std::string_view text);

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
  /// What this label set takes in memory; its copies share it.
  [[nodiscard]] std::size_t bytes() const { return data_ ? sizeof(Data) + data_->bytes().size() : 0; }

  [[nodiscard]] Labels with(std::string_view name, std::string_view value) const;  ///< an empty value removes it
  [[nodiscard]] Labels without(std::span<const std::string_view> names) const;
  [[nodiscard]] Labels only(std::span<const std::string_view> names) const;

  /// {a="b", c="d"} with escapes; the metric name in front where there is one.
  [[nodiscard]] std::string to_string() const;

  bool operator==(const Labels& other) const;
  std::strong_ordering operator<=>(const Labels& other) const;  ///< Prometheus' order: pair by pair

 private:
  /// One allocation, as hundreds of thousands of them are held: this header, then where each name and value ends in the
  /// text, then the text.
  struct Data {
    mutable std::atomic<std::uint32_t> uses{0};
    std::uint32_t count = 0;
    std::uint64_t hash = 0;

    [[nodiscard]] std::uint32_t* ends() { return reinterpret_cast<std::uint32_t*>(this + 1); }
    [[nodiscard]] const std::uint32_t* ends() const { return reinterpret_cast<const std::uint32_t*>(this + 1); }
    [[nodiscard]] char* text() { return reinterpret_cast<char*>(ends() + std::size_t{2} * count); }
    [[nodiscard]] const char* text() const { return reinterpret_cast<const char*>(ends() + std::size_t{2} * count); }
    /// All that makes two label sets equal.
    [[nodiscard]] std::string_view bytes() const {
      return {reinterpret_cast<const char*>(ends()), std::size_t{2} * count * sizeof(std::uint32_t) + ends()[2 * count - 1]};
    }
    [[nodiscard]] Pair pair(std::uint32_t i) const {
      const auto* end = ends() + std::size_t{2} * i;
      const std::uint32_t begin = i == 0 ? 0 : end[-1];
      return {{text() + begin, end[0] - begin}, {text() + end[0], end[1] - end[0]}};
    }
  };
  friend void intrusive_ptr_add_ref(const Data* data) noexcept { data->uses.fetch_add(1, std::memory_order_relaxed); }
  friend void intrusive_ptr_release(const Data* data) noexcept;

  explicit Labels(boost::intrusive_ptr<const Data> data) : data_(std::move(data)) {}
  [[nodiscard]] std::uint32_t count() const { return data_ ? data_->count : 0; }

  boost::intrusive_ptr<const Data> data_;
};

}  // namespace a2od

template <>
struct std::hash<a2od::Labels> {
  std::size_t operator()(const a2od::Labels& labels) const noexcept { return labels.hash(); }
};
