#include "rules/promql/plan.hpp"

#include <algorithm>

namespace a2od::promql {

void Context::count(std::size_t more) {
  if (limits.cancelled != nullptr && limits.cancelled->load(std::memory_order_relaxed))
    throw EvaluationFailure{"query timed out in expression evaluation", true};
  samples += more;
  if (samples > limits.max_samples) {
    throw EvaluationFailure{"query processing would load too many samples into memory in query execution"};
  }
}

void Frame::reset(std::size_t rows) {
  values.resize(rows);
  present.assign(rows, 0);
  order.clear();
}

bool Frame::empty() const { return std::ranges::find(present, 1) == present.end(); }

std::size_t Frame::count() const { return static_cast<std::size_t>(std::ranges::count(present, 1)); }

void UniqueLabels::check(const Rows& rows, const Frame& frame, const char* message) {
  if (follower_.outdated(rows)) {
    follower_.start(rows);
    first_.clear();
    same_as_.clear();
    repeated_ = false;
  }
  follower_.catch_up(rows, [&](std::uint32_t row) {
    const auto [first, is_new] = first_.emplace(rows[row], row);
    same_as_.push_back(first->second);
    repeated_ = repeated_ || !is_new;
  });
  if (!repeated_) return;
  seen_.assign(rows.size(), 0);
  for (std::size_t row = 0; row < frame.present.size(); ++row) {
    if (frame.present[row] == 0) continue;
    if (seen_[same_as_[row]]++ != 0) {
      throw EvaluationFailure{message};
    }
  }
}

void VectorNode::trace_all(Context& context, Timestamp at, Provenance& out) {
  for (std::uint32_t row = 0; row < frame_.present.size(); ++row) {
    if (frame_.present[row] != 0) trace(row, context, at, out);
  }
}

void evaluate_all(std::vector<ScalarPtr>& scalars, Context& context, Timestamp at, std::vector<double>& out) {
  out.clear();
  for (const ScalarPtr& scalar : scalars) out.push_back(scalar->evaluate(context, at));
}

}  // namespace a2od::promql
