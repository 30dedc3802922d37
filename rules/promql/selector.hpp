// Plan nodes that read stored series.
#pragma once

#include "config/free_memory.hpp"
#include "rules/promql/ast.hpp"
#include "rules/promql/plan.hpp"

#include <vector>

namespace a2od::promql {

/// The time that a selector or subquery looks at.
[[nodiscard]] Timestamp shifted(const Shift& shift, const Context& context, Timestamp at);

/// The series that matchers select, one row each, kept up with the store: new series append rows, vanished ones leave
/// theirs unused until a quarter of the rows is.
class SelectedSeries {
 public:
  explicit SelectedSeries(std::vector<Matcher> matchers) : matchers_(std::move(matchers)) {}

  /// Once per call of the expression.
  void refresh(const Context& context, Rows& rows);
  /// They are looked up again by the next call.
  void release() {
    free_memory(series_);
    serial_ = 0;
  }
  /// Null where the series has vanished.
  [[nodiscard]] const Series* operator[](std::size_t row) const { return series_[row]; }

 private:
  void append_rows(const Snapshot& snapshot, std::size_t from, Rows& rows);

  std::vector<Matcher> matchers_;
  SelectionCursor cursor_;
  std::vector<SeriesRef> refs_;
  std::vector<const Series*> series_;
  std::uint64_t serial_ = 0;
};

enum class SelectorYields { values, timestamps };

class InstantSelector final : public VectorNode {
 public:
  InstantSelector(const VectorSelector& selector, SelectorYields yields);
  void evaluate(Context& context, Timestamp at) override;
  void trace(std::uint32_t row, Context& context, Timestamp at, Provenance& out) override;

 private:
  void release_inputs() override { selected_.release(); }

  SelectedSeries selected_;
  Shift shift_;
  SelectorYields yields_;
};

class RangeSelector final : public RangeNode {
 public:
  explicit RangeSelector(const MatrixSelector& selector);
  void evaluate(Context& context, Timestamp at) override;
  std::span<const SampleRun> runs(std::uint32_t row) override;
  void trace(std::uint32_t row, Context& context, Timestamp at, Provenance& out) override;
  void release() override { selected_.release(); }

 private:
  SelectedSeries selected_;
  Shift shift_;
  Duration range_;
  std::vector<SampleRun> runs_;
};

/// Evaluates an instant vector at the multiples of a step within the range. While a range query moves on, what was
/// evaluated before is kept.
class SubqueryRange final : public RangeNode {
 public:
  SubqueryRange(VectorPtr inner, const Subquery& subquery);
  void evaluate(Context& context, Timestamp at) override;
  std::span<const SampleRun> runs(std::uint32_t row) override;
  void trace(std::uint32_t row, Context& context, Timestamp at, Provenance& out) override;
  void release() override;

 private:
  void start_anew();
  [[nodiscard]] std::size_t used_rows() const;
  void evaluate_step(Context& context, Timestamp at);
  std::uint32_t row_of(std::uint32_t inner_row);
  [[nodiscard]] Milliseconds step(const Context& context) const;

  VectorPtr inner_;
  Shift shift_;
  Duration range_;
  std::optional<Duration> step_;
  std::uint64_t serial_ = 0;
  Timestamp evaluated_until_;
  LabelIds row_by_labels_;
  Follower inner_follower_;
  std::vector<std::uint32_t> row_by_inner_;
  std::vector<std::vector<SampleRun>> windows_;
  std::size_t used_rows_ = 0;  ///< of the call before, once released
};

}  // namespace a2od::promql
