// The compiled form of an expression: nodes that keep their label work between evaluations and pass on dense numbers.
//
// A vector node has rows and a frame. A row is a label set that the node may yield; rows are found once and then only
// appended, or start anew under another generation. The frame says which rows are present at a time, with their values.
#pragma once

#include "config/time.hpp"
#include "rules/promql/expression.hpp"
#include "rules/series/labels.hpp"
#include "rules/series/series.hpp"
#include "rules/series/snapshot.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace a2od::promql {

/// Thrown while evaluating, caught by Expression.
struct EvaluationFailure {
  std::string message;
  bool timed_out = false;
};

/// One call of evaluate or evaluate_range.
struct Context {
  const Snapshot& series;
  const EvaluationLimits& limits;
  Timestamp start;  ///< start() and end() of the query
  Timestamp end;
  Milliseconds step{};       ///< step() of a range query, else 0
  std::uint64_t serial = 0;  ///< of the call: within it, the snapshot is one
  std::size_t samples = 0;
  std::string_view text = {};          ///< the expression
  Annotations* annotations = nullptr;  ///< null: nobody wants them

  /// What is said of the part of the expression that begins there; nothing where nobody wants it.
  void warn(std::size_t begin, std::string_view message) const;
  void inform(std::size_t begin, std::string_view message) const;
  /// Throws when the call has used up its samples, or was cancelled.
  void count(std::size_t more);
};

/// Numbers of label sets: flat, as rules over a large estate number many thousands of them.
using LabelIds = boost::unordered_flat_map<Labels, std::uint32_t, std::hash<Labels>>;

enum class NameLabel { keep, drop };
/// The type and unit of a metric go with its name.
[[nodiscard]] Labels without_name(const Labels& labels);

/// Label sets of its own, or those of others with or without their names: such are made when they are asked for, as
/// most rows of a large estate are seldom part of a result.
class Rows {
 public:
  [[nodiscard]] std::size_t size() const { return base_ == nullptr ? labels_.size() : base_->size(); }
  [[nodiscard]] Labels operator[](std::size_t row) const {
    if (base_ == nullptr) return labels_[row];
    return name_ == NameLabel::keep ? (*base_)[row] : without_name((*base_)[row]);
  }
  [[nodiscard]] std::uint64_t generation() const { return base_ == nullptr ? generation_ : base_->generation(); }

  /// Whether it is known that no two present rows have the same labels.
  [[nodiscard]] bool are_distinct() const {
    if (base_ == nullptr) return distinct_;
    return base_->are_distinct() && (name_ == NameLabel::keep || base_->are_of_one_metric());
  }
  /// Whoever adds the rows sees to it.
  void set_distinct() { distinct_ = true; }

  std::uint32_t add(Labels labels);
  void reserve(std::size_t size) { labels_.reserve(size); }
  void start_anew() {
    labels_.clear();
    one_metric_ = true;
    ++generation_;
  }
  /// From now on they are those of `base`, which outlives them.
  void derive(const Rows& base, NameLabel name) {
    base_ = &base;
    name_ = name;
  }

 private:
  /// Whether all have the same name, type and unit, or none.
  [[nodiscard]] bool are_of_one_metric() const {
    if (base_ == nullptr) return one_metric_;
    return name_ == NameLabel::drop || base_->are_of_one_metric();
  }

  std::vector<Labels> labels_;
  std::uint64_t generation_ = 1;
  bool distinct_ = false;
  bool one_metric_ = true;
  const Rows* base_ = nullptr;
  NameLabel name_ = NameLabel::keep;
};

struct Frame {
  std::vector<double> values;
  std::vector<std::uint8_t> present;
  std::vector<std::uint32_t> order;  ///< the present rows as they were sorted; empty: in the order of rows

  void reset(std::size_t rows);
  void set(std::size_t row, double value) {
    values[row] = value;
    present[row] = 1;
  }
  [[nodiscard]] bool empty() const;
  [[nodiscard]] std::size_t count() const;
};

/// What one node knows of the rows of another: which generation, and how many of them.
class Follower {
 public:
  /// Whether what was derived from the rows is void.
  [[nodiscard]] bool outdated(const Rows& rows) const { return generation_ != rows.generation(); }
  void start(const Rows& rows) {
    generation_ = rows.generation();
    known_ = 0;
  }
  /// Calls visit(row) for the rows that are new.
  template <class Visit>
  void catch_up(const Rows& rows, Visit&& visit) {
    for (; known_ < rows.size(); ++known_) visit(static_cast<std::uint32_t>(known_));
  }

 private:
  std::uint64_t generation_ = 0;
  std::size_t known_ = 0;
};

/// Says whether two present rows have the same labels: an error, as in Prometheus.
class UniqueLabels {
 public:
  void check(const Rows& rows, const Frame& frame,
             const char* message = "vector cannot contain metrics with the same labelset");

 private:
  Follower follower_;
  LabelIds first_;
  std::vector<std::uint32_t> same_as_;  ///< by row, the first row with its labels
  std::vector<std::uint8_t> seen_;
  bool repeated_ = false;
};

/// The stored series that an output rests on.
using Provenance = std::set<Labels>;

class ScalarNode {
 public:
  virtual ~ScalarNode() = default;
  virtual double evaluate(Context& context, Timestamp at) = 0;
  virtual void trace(Context& /*context*/, Timestamp /*at*/, Provenance& /*out*/) {}
  /// See VectorNode.
  virtual void release() {}
};

class VectorNode {
 public:
  virtual ~VectorNode() = default;
  /// Computes the frame; rows may be appended, or start anew.
  virtual void evaluate(Context& context, Timestamp at) = 0;
  /// Adds the series that a present row rests on, after evaluate() at the same time.
  virtual void trace(std::uint32_t row, Context& context, Timestamp at, Provenance& out) = 0;
  /// Until the next evaluation nobody asks for the frame: its memory may serve others.
  void release() {
    frame_ = {};
    release_inputs();
  }
  [[nodiscard]] virtual const Rows& rows() const { return rows_; }
  [[nodiscard]] const Frame& frame() const { return frame_; }

  /// Of all present rows.
  void trace_all(Context& context, Timestamp at, Provenance& out);

 protected:
  /// Releases what the frame was computed from.
  virtual void release_inputs() = 0;

  Rows rows_;
  Frame frame_;
};

/// A range vector: each row has the samples of its window.
class RangeNode {
 public:
  virtual ~RangeNode() = default;
  virtual void evaluate(Context& context, Timestamp at) = 0;
  /// The samples of a row, of (begin(), end()]; valid until the next call.
  [[nodiscard]] virtual std::span<const SampleRun> runs(std::uint32_t row) = 0;
  virtual void trace(std::uint32_t row, Context& context, Timestamp at, Provenance& out) = 0;
  virtual void release() = 0;
  [[nodiscard]] const Rows& rows() const { return rows_; }
  [[nodiscard]] Timestamp begin() const { return begin_; }
  [[nodiscard]] Timestamp end() const { return end_; }

 protected:
  Rows rows_;
  Timestamp begin_;
  Timestamp end_;
};

using ScalarPtr = std::unique_ptr<ScalarNode>;
using VectorPtr = std::unique_ptr<VectorNode>;
using RangePtr = std::unique_ptr<RangeNode>;

/// Releases nodes, and lists of them; those that are null have nothing.
void release_node(const auto& node) {
  if (node) node->release();
}
void release_node(const std::vector<ScalarPtr>& nodes);
void release_nodes(const auto&... nodes) { (..., release_node(nodes)); }

/// The values of several scalars at a time.
void evaluate_all(std::vector<ScalarPtr>& scalars, Context& context, Timestamp at, std::vector<double>& out);

}  // namespace a2od::promql
