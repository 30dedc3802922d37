#include "rules/promql/vector_nodes.hpp"

#include "config/quote.hpp"
#include "rules/promql/printer.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <string_view>
#include <utility>

namespace a2od::promql {
namespace {

void trace_scalars(std::vector<ScalarPtr>& scalars, Context& context, Timestamp at, Provenance& out) {
  for (const ScalarPtr& scalar : scalars) scalar->trace(context, at, out);
}

/// Takes the digits, or what is none, from the front.
std::string_view take_chunk(std::string_view& text) {
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  const bool digits = is_digit(text.front());
  const auto end = std::ranges::find_if(text, [&](char c) { return is_digit(c) != digits; });
  const auto chunk = text.substr(0, static_cast<std::size_t>(end - text.begin()));
  text.remove_prefix(chunk.size());
  return chunk;
}

std::optional<std::uint64_t> number_of(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc{} && end == text.data() + text.size() ? std::optional(number) : std::nullopt;
}

/// "node9" before "node10".
std::strong_ordering natural_order(std::string_view a, std::string_view b) {
  const auto plain = a <=> b;
  while (!a.empty() && !b.empty()) {
    const auto left = take_chunk(a);
    const auto right = take_chunk(b);
    const auto left_number = number_of(left);
    const auto right_number = number_of(right);
    const auto order = left_number && right_number ? *left_number <=> *right_number : left <=> right;
    if (order != 0) return order;
  }
  return a.empty() && b.empty() ? plain : a.size() <=> b.size();
}

bool sorts_before(double a, double b, SortNode::Direction direction) {
  if (std::isnan(a) || std::isnan(b)) return !std::isnan(a) && std::isnan(b);  // NaN comes last either way
  return direction == SortNode::Direction::ascending ? a < b : a > b;
}

}  // namespace

void Relabelled::follow(const Rows& input, Rows& rows) {
  if (follower_.outdated(input)) {
    follower_.start(input);
    rows.start_anew();
  }
  follower_.catch_up(input, [&](std::uint32_t row) { rows.add(relabel_(input[row])); });
}

MathNode::MathNode(MathFunction function, VectorPtr input, std::vector<ScalarPtr> parameters, Bounds bounds)
    : function_(function), input_(std::move(input)), parameters_(std::move(parameters)), bounds_(bounds) {}

void MathNode::evaluate(Context& context, Timestamp at) {
  input_->evaluate(context, at);
  evaluate_all(parameters_, context, at, values_);
  rows_.derive(input_->rows(), NameLabel::drop);
  const Frame& in = input_->frame();
  frame_.reset(rows_.size());
  if (bounds_ == Bounds::must_be_ordered && values_[1] < values_[0]) return;
  for (std::size_t row = 0; row < in.present.size(); ++row) {
    if (in.present[row] != 0) frame_.set(row, function_(in.values[row], values_));
  }
  frame_.order = in.order;
  unique_.check(rows_, frame_);
}

void MathNode::trace(std::uint32_t row, Context& context, Timestamp at, Provenance& out) {
  input_->trace(row, context, at, out);
  trace_scalars(parameters_, context, at, out);
}

VectorScalarNode::VectorScalarNode(const Binary& binary, VectorPtr vector, ScalarPtr scalar, ScalarSide side)
    : function_(binary_function(binary.op)),
      filters_(is_comparison(binary.op) && !binary.return_bool),
      vector_(std::move(vector)),
      scalar_(std::move(scalar)),
      side_(side) {}

void VectorScalarNode::evaluate(Context& context, Timestamp at) {
  vector_->evaluate(context, at);
  const double scalar = scalar_->evaluate(context, at);
  rows_.derive(vector_->rows(), filters_ ? NameLabel::keep : NameLabel::drop);
  const Frame& in = vector_->frame();
  frame_.reset(rows_.size());
  for (std::size_t row = 0; row < in.present.size(); ++row) {
    if (in.present[row] == 0) continue;
    const double value = in.values[row];
    const double result = side_ == ScalarSide::left ? function_(scalar, value) : function_(value, scalar);
    if (!filters_) {
      frame_.set(row, result);
    } else if (result != 0) {
      frame_.set(row, value);
    }
  }
  unique_.check(rows_, frame_);
}

void VectorScalarNode::trace(std::uint32_t row, Context& context, Timestamp at, Provenance& out) {
  vector_->trace(row, context, at, out);
  scalar_->trace(context, at, out);
}

RelabelNode::RelabelNode(VectorPtr input, Relabelled::Function relabel, std::string error)
    : input_(std::move(input)), error_(std::move(error)), relabelled_(std::move(relabel)) {}

void RelabelNode::evaluate(Context& context, Timestamp at) {
  if (!error_.empty()) throw EvaluationFailure{error_};
  input_->evaluate(context, at);
  relabelled_.follow(input_->rows(), rows_);
  frame_ = input_->frame();
  unique_.check(rows_, frame_);
}

void RelabelNode::trace(std::uint32_t row, Context& context, Timestamp at, Provenance& out) {
  input_->trace(row, context, at, out);
}

void check_quantile(const Context& context, std::optional<std::size_t> begin, double quantile) {
  if (!begin || (quantile >= 0 && quantile <= 1)) return;
  context.warn(*begin, "quantile value should be between 0 and 1, got " + format_number(quantile));
}

RangeFunctionNode::RangeFunctionNode(RangeFunction function, NameLabel name, RangePtr input,
                                     std::vector<ScalarPtr> parameters, Demands demands)
    : function_(function),
      name_(name),
      input_(std::move(input)),
      parameters_(std::move(parameters)),
      demands_(demands) {}

void RangeFunctionNode::evaluate(Context& context, Timestamp at) {
  input_->evaluate(context, at);
  evaluate_all(parameters_, context, at, values_);
  rows_.derive(input_->rows(), name_);
  frame_.reset(rows_.size());
  for (std::uint32_t row = 0; row < rows_.size(); ++row) {
    const auto runs = input_->runs(row);
    if (runs.empty()) continue;
    const auto value = function_({runs, input_->begin(), input_->end(), at}, values_);
    if (value) frame_.set(row, *value);
  }
  if (context.annotations != nullptr) annotate(context);
  unique_.check(rows_, frame_);
}

void RangeFunctionNode::annotate(const Context& context) const {
  const auto present = std::ranges::find(frame_.present, 1);
  if (present == frame_.present.end()) return;
  if (demands_.quantile) check_quantile(context, demands_.quantile, values_.front());
  if (!demands_.counter) return;
  const auto name = input_->rows()[static_cast<std::size_t>(present - frame_.present.begin())].get(kMetricName);
  const auto ends = [&](std::string_view end) { return name.ends_with(end); };
  if (name.empty() || ends("_total") || ends("_sum") || ends("_count") || ends("_bucket")) return;
  context.inform(*demands_.counter, "metric might not be a counter, name does not end in _total/_sum/_count/_bucket: " +
                                        double_quoted(name));
}

void RangeFunctionNode::trace(std::uint32_t row, Context& context, Timestamp at, Provenance& out) {
  input_->trace(row, context, at, out);
  trace_scalars(parameters_, context, at, out);
}

void SortNode::evaluate(Context& context, Timestamp at) {
  if (context.step > Milliseconds(0))
    context.warn(begin_, "sort is ineffective for range queries since results are always ordered by labels");
  input_->evaluate(context, at);
  frame_ = input_->frame();
  frame_.order.clear();
  for (std::uint32_t row = 0; row < frame_.present.size(); ++row) {
    if (frame_.present[row] != 0) frame_.order.push_back(row);
  }
  std::ranges::sort(frame_.order, [this](std::uint32_t a, std::uint32_t b) { return compare(a, b) < 0; });
}

std::strong_ordering SortNode::compare(std::uint32_t a, std::uint32_t b) const {
  const Labels& left = input_->rows()[a];
  const Labels& right = input_->rows()[b];
  if (!labels_) {
    if (sorts_before(frame_.values[a], frame_.values[b], direction_)) return std::strong_ordering::less;
    if (sorts_before(frame_.values[b], frame_.values[a], direction_)) return std::strong_ordering::greater;
    return left <=> right;
  }
  const bool ascending = direction_ == Direction::ascending;
  for (const std::string& label : *labels_) {
    const auto order = natural_order(left.get(label), right.get(label));
    if (order != 0) return ascending ? order : 0 <=> order;
  }
  return ascending ? left <=> right : right <=> left;
}

void SortNode::trace(std::uint32_t row, Context& context, Timestamp at, Provenance& out) {
  input_->trace(row, context, at, out);
}

AbsentNode::AbsentNode(VectorPtr vector, RangePtr range, Labels labels)
    : vector_(std::move(vector)), range_(std::move(range)) {
  rows_.add(std::move(labels));
}

bool AbsentNode::has_samples(Context& context, Timestamp at) {
  if (vector_) {
    vector_->evaluate(context, at);
    return !vector_->frame().empty();
  }
  range_->evaluate(context, at);
  for (std::uint32_t row = 0; row < range_->rows().size(); ++row) {
    if (!range_->runs(row).empty()) return true;
  }
  return false;
}

void AbsentNode::evaluate(Context& context, Timestamp at) {
  const bool found = has_samples(context, at);
  frame_.reset(1);
  if (!found) frame_.set(0, 1);
}

void AbsentNode::trace(std::uint32_t /*row*/, Context& /*context*/, Timestamp /*at*/, Provenance& /*out*/) {}

VectorOfScalar::VectorOfScalar(ScalarPtr scalar) : scalar_(std::move(scalar)) { rows_.add({}); }

void VectorOfScalar::evaluate(Context& context, Timestamp at) {
  const double value = scalar_->evaluate(context, at);
  frame_.reset(1);
  frame_.set(0, value);
}

void VectorOfScalar::trace(std::uint32_t /*row*/, Context& context, Timestamp at, Provenance& out) {
  scalar_->trace(context, at, out);
}

}  // namespace a2od::promql
