#include "rules/promql/plan.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>

namespace a2od::promql {

void Context::count(std::size_t more) {
  if (limits.cancelled != nullptr && limits.cancelled->load(std::memory_order_relaxed))
    throw EvaluationFailure{"query timed out in expression evaluation", true};
  samples += more;
  if (samples > limits.max_samples) {
    throw EvaluationFailure{"query processing would load too many samples into memory in query execution"};
  }
}

namespace {

constexpr std::size_t kMostAnnotations = 100;
constexpr std::array kMetadata{kMetricName, std::string_view("__type__"), std::string_view("__unit__")};

/// "(line:column)", counted from one.
std::string place_of(std::string_view text, std::size_t begin) {
  const auto before = text.substr(0, begin);
  const auto line_start = before.rfind('\n');
  const std::size_t column = line_start == std::string_view::npos ? begin : begin - line_start - 1;
  return fmt::format("({}:{})", std::ranges::count(before, '\n') + 1, column + 1);
}

}  // namespace

void Context::warn(std::size_t begin, std::string_view message) const {
  if (annotations == nullptr || annotations->warnings.size() >= kMostAnnotations) return;
  annotations->warnings.insert(fmt::format("PromQL warning: {} {}", message, place_of(text, begin)));
}

void Context::inform(std::size_t begin, std::string_view message) const {
  if (annotations == nullptr || annotations->infos.size() >= kMostAnnotations) return;
  annotations->infos.insert(fmt::format("PromQL info: {} {}", message, place_of(text, begin)));
}

Labels without_name(const Labels& labels) { return labels.without(kMetadata); }

std::uint32_t Rows::add(Labels labels) {
  if (!labels_.empty() && one_metric_)
    one_metric_ = std::ranges::all_of(
        kMetadata, [&](std::string_view name) { return labels.get(name) == labels_.front().get(name); });
  labels_.push_back(std::move(labels));
  return static_cast<std::uint32_t>(labels_.size() - 1);
}

void Frame::reset(std::size_t rows) {
  values.resize(rows);
  present.assign(rows, 0);
  order.clear();
}

bool Frame::empty() const { return std::ranges::find(present, 1) == present.end(); }

std::size_t Frame::count() const { return static_cast<std::size_t>(std::ranges::count(present, 1)); }

void UniqueLabels::check(const Rows& rows, const Frame& frame, const char* message) {
  if (rows.are_distinct()) return;
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

void release_node(const std::vector<ScalarPtr>& nodes) {
  for (const auto& node : nodes) node->release();
}

}  // namespace a2od::promql
