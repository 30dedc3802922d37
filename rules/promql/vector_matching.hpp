// Plan nodes of operators between two vectors: rows are matched by the numbers of their signatures.
#pragma once

#include "config/free_memory.hpp"
#include "rules/promql/aggregate.hpp"
#include "rules/promql/ast.hpp"
#include "rules/promql/math_functions.hpp"
#include "rules/promql/plan.hpp"
#include "rules/promql/vector_nodes.hpp"

#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace a2od::promql {

/// Numbers the label sets by which the rows of two sides match.
class Signatures {
 public:
  static constexpr std::uint32_t kNone = 0xffffffff;

  explicit Signatures(const VectorMatching& matching);
  void follow(const Rows& left, const Rows& right);

  [[nodiscard]] std::uint32_t left(std::size_t row) const { return left_[row]; }
  [[nodiscard]] std::uint32_t right(std::size_t row) const { return right_[row]; }
  [[nodiscard]] std::size_t count() const { return ids_.size(); }
  [[nodiscard]] Labels labels_of(const Labels& row) const { return grouping_.group(row); }

 private:
  std::uint32_t id(const Labels& labels);

  Grouping grouping_;
  Follower left_follower_;
  Follower right_follower_;
  LabelIds ids_;
  std::vector<std::uint32_t> left_;
  std::vector<std::uint32_t> right_;
};

/// Arithmetic and comparison, one to one or many to one.
class MatchNode final : public VectorNode {
 public:
  MatchNode(const Binary& binary, VectorPtr left, VectorPtr right);
  void evaluate(Context& context, Timestamp at) override;
  void trace(std::uint32_t row, Context& context, Timestamp at, Provenance& out) override;

 private:
  /// Rows that matched, and the output row of the two.
  struct Match {
    std::uint32_t row = Signatures::kNone;
    std::uint32_t many = Signatures::kNone;
    std::uint32_t one = Signatures::kNone;
  };

  void release_inputs() override {
    free_memory(matches_);
    release_nodes(many_, one_);
  }
  [[nodiscard]] std::uint32_t many_signature(std::uint32_t row) const;
  [[nodiscard]] Labels output_labels(const Labels& many, const Labels& one) const;
  void forget_outdated_rows();
  void find_one_rows();
  std::uint32_t output_row(std::uint32_t many, std::uint32_t one);
  void find_matches();
  void compute(const Match& match);
  [[noreturn]] void fail_duplicate(std::uint32_t first, std::uint32_t second) const;

  VectorMatching matching_;
  BinaryFunction function_;
  bool filters_;
  bool swapped_;  ///< the right side is the many side
  VectorPtr many_;
  VectorPtr one_;
  Signatures signatures_;
  Follower many_follower_;
  Follower one_follower_;
  std::vector<std::uint32_t> many_of_output_;
  std::vector<Match> last_match_;                             ///< by row of the many side
  std::unordered_map<std::uint64_t, std::uint32_t> outputs_;  ///< the output rows of pairs
  std::vector<std::uint32_t> one_of_signature_;
  std::vector<std::uint8_t> matched_;  ///< by signature
  std::vector<Match> matches_;         ///< of this evaluation, before a comparison filters
  UniqueLabels unique_;
};

/// and, unless: some rows of the left side.
class FilterNode final : public VectorNode {
 public:
  FilterNode(const Binary& binary, VectorPtr left, VectorPtr right);
  void evaluate(Context& context, Timestamp at) override;
  void trace(std::uint32_t row, Context& context, Timestamp at, Provenance& out) override;
  [[nodiscard]] const Rows& rows() const override { return left_->rows(); }

 private:
  void release_inputs() override { release_nodes(left_, right_); }

  bool keeps_matched_;
  VectorPtr left_;
  VectorPtr right_;
  Signatures signatures_;
  std::vector<std::uint8_t> matched_;
};

/// or: the rows of the left side, and those of the right side that match none of them.
class UnionNode final : public VectorNode {
 public:
  UnionNode(const Binary& binary, VectorPtr left, VectorPtr right);
  void evaluate(Context& context, Timestamp at) override;
  void trace(std::uint32_t row, Context& context, Timestamp at, Provenance& out) override;

 private:
  struct Origin {
    bool from_left = true;
    std::uint32_t row = 0;
  };
  void release_inputs() override { release_nodes(left_, right_); }
  void follow();

  VectorPtr left_;
  VectorPtr right_;
  Signatures signatures_;
  Follower left_follower_;
  Follower right_follower_;
  std::vector<Origin> origins_;
  std::vector<std::uint32_t> left_rows_;
  std::vector<std::uint32_t> right_rows_;
  std::vector<std::uint8_t> matched_;
  UniqueLabels unique_;
};

}  // namespace a2od::promql
