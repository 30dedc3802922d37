// A label set: sorted, immutable, cheap to copy and to compare.
#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
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

  /// Sorted by name.
  [[nodiscard]] std::span<const Pair> pairs() const;
  /// The value of a label, empty where there is none.
  [[nodiscard]] std::string_view get(std::string_view name) const;
  [[nodiscard]] bool empty() const { return pairs().empty(); }
  [[nodiscard]] std::size_t size() const { return pairs().size(); }
  [[nodiscard]] std::uint64_t hash() const;

  [[nodiscard]] Labels with(std::string_view name, std::string_view value) const;  ///< an empty value removes it
  [[nodiscard]] Labels without(std::span<const std::string_view> names) const;
  [[nodiscard]] Labels only(std::span<const std::string_view> names) const;

  /// {a="b", c="d"} with escapes; the metric name in front where there is one.
  [[nodiscard]] std::string to_string() const;

  bool operator==(const Labels& other) const;
  std::strong_ordering operator<=>(const Labels& other) const;  ///< Prometheus' order: pair by pair

 private:
  struct Data;
  explicit Labels(std::shared_ptr<const Data> data);
  std::shared_ptr<const Data> data_;
};

}  // namespace a2od

template <>
struct std::hash<a2od::Labels> {
  std::size_t operator()(const a2od::Labels& labels) const noexcept { return labels.hash(); }
};
