// The store's side of the index: adds series to it, copying first what snapshots share.
#pragma once

#include "rules/series/index.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace a2od {

class IndexWriter {
 public:
  IndexWriter();

  void add(SeriesRef ref, const Labels& labels);
  /// The state as it is now; the next add() copies what it changes of it.
  [[nodiscard]] std::shared_ptr<const Index> publish();

  [[nodiscard]] std::size_t rows() const { return rows_; }
  [[nodiscard]] std::size_t approximate_bytes() const;

 private:
  struct TextHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const noexcept { return std::hash<std::string_view>{}(text); }
  };
  using Ids = std::unordered_map<std::string, std::uint32_t, TextHash, std::equal_to<>>;

  MetricTable& table_of(std::string_view metric);
  std::uint32_t dictionary_of(std::string_view label);
  std::uint32_t value_id(std::uint32_t dictionary, std::string_view value);
  static void set(MetricTable& table, std::size_t row, std::uint32_t dictionary, std::uint32_t id);

  std::uint64_t epoch_ = 1;
  std::shared_ptr<Index> index_;
  bool shared_ = false;
  std::size_t rows_ = 0;
  Ids table_ids_;
  Ids dictionary_ids_;
  std::vector<Ids> value_ids_;
  std::vector<std::uint64_t> table_epochs_;
  std::vector<std::uint64_t> dictionary_epochs_;
};

}  // namespace a2od
