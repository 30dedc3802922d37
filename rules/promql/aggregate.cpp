#include "rules/promql/aggregate.hpp"

#include "config/quote.hpp"
#include "config/utf8.hpp"
#include "rules/promql/kahan.hpp"
#include "rules/promql/printer.hpp"
#include "rules/promql/vector_nodes.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string_view>

namespace a2od::promql {
namespace {

constexpr std::size_t kManyRows = 1024;

struct Sum {
  KahanSum sum;
  void add(double value) { sum.add(value); }
  [[nodiscard]] double result() { return sum.total(); }
};
struct Average {
  KahanMean mean;
  void add(double value) { mean.add(value); }
  [[nodiscard]] double result() { return mean.mean(); }
};
struct Count {
  double count = 0;
  void add(double /*value*/) { ++count; }
  [[nodiscard]] double result() const { return count; }
};
struct One {
  void add(double /*value*/) {}
  [[nodiscard]] static double result() { return 1; }
};
struct Least {
  double least = std::numeric_limits<double>::quiet_NaN();
  void add(double value) {
    if (value < least || std::isnan(least)) least = value;
  }
  [[nodiscard]] double result() const { return least; }
};
struct Most {
  double most = std::numeric_limits<double>::quiet_NaN();
  void add(double value) {
    if (value > most || std::isnan(most)) most = value;
  }
  [[nodiscard]] double result() const { return most; }
};
struct Spread {
  Variance variance;
  bool root = false;
  void add(double value) { variance.add(value); }
  [[nodiscard]] double result() { return root ? std::sqrt(variance.value()) : variance.value(); }
};
struct Quantile {
  double q = 0;
  std::vector<WeightedValue> values = {};
  void add(double value) { values.push_back({value, 1}); }
  [[nodiscard]] double result() { return quantile(q, values); }
};

std::vector<std::string_view> views(const std::vector<std::string>& texts) { return {texts.begin(), texts.end()}; }

}  // namespace

Grouping::Grouping(bool without, std::vector<std::string> labels) : without_(without), labels_(std::move(labels)) {
  if (without_) labels_.emplace_back(kMetricName);
}

Labels Grouping::group(const Labels& labels) const {
  return without_ ? labels.without(views(labels_)) : labels.only(views(labels_));
}

bool Grouping::removes(std::string_view label) const {
  return without_ && std::ranges::find(labels_, label) != labels_.end();
}

bool Groups::follow(const Rows& input) {
  const bool anew = follower_.outdated(input);
  if (anew) {
    follower_.start(input);
    rows_.start_anew();
    ids_.clear();
    group_of_.clear();
  }
  if (group_of_.empty()) group_of_.reserve(input.size());
  follower_.catch_up(input, [&](std::uint32_t row) {
    Labels labels = grouping_.group(input[row]);
    const auto [known, is_new] = ids_.emplace(labels, static_cast<std::uint32_t>(rows_.size()));
    if (is_new) rows_.add(std::move(labels));
    group_of_.push_back(known->second);
  });
  return anew;
}

ReduceNode::ReduceNode(AggregateOp op, Grouping grouping, ScalarPtr parameter, std::size_t parameter_begin,
                       VectorPtr input)
    : op_(op),
      groups_(std::move(grouping)),
      parameter_(std::move(parameter)),
      parameter_begin_(parameter_begin),
      input_(std::move(input)) {}

template <class Accumulator>
void ReduceNode::reduce(Accumulator initial) {
  const Frame& in = input_->frame();
  std::vector<Accumulator> accumulators(groups_.rows().size(), initial);
  for (std::size_t row = 0; row < in.present.size(); ++row) {
    if (in.present[row] == 0) continue;
    const std::uint32_t group = groups_[row];
    accumulators[group].add(in.values[row]);
    frame_.present[group] = 1;
  }
  for (std::size_t group = 0; group < accumulators.size(); ++group) {
    if (frame_.present[group] != 0) frame_.values[group] = accumulators[group].result();
  }
}

void ReduceNode::evaluate(Context& context, Timestamp at) {
  input_->evaluate(context, at);
  const double parameter = parameter_ ? parameter_->evaluate(context, at) : 0;
  if (op_ == AggregateOp::quantile) check_quantile(context, parameter_begin_, parameter);
  groups_.follow(input_->rows());
  frame_.reset(groups_.rows().size());
  switch (op_) {
    case AggregateOp::sum:
      return reduce<Sum>();
    case AggregateOp::avg:
      return reduce<Average>();
    case AggregateOp::count:
      return reduce<Count>();
    case AggregateOp::group:
      return reduce<One>();
    case AggregateOp::min:
      return reduce<Least>();
    case AggregateOp::max:
      return reduce<Most>();
    case AggregateOp::stdvar:
      return reduce<Spread>();
    case AggregateOp::stddev:
      return reduce<Spread>({.variance = {}, .root = true});
    case AggregateOp::quantile:
      return reduce<Quantile>({.q = parameter});
    default:
      return;
  }
}

void ReduceNode::trace(std::uint32_t row, Context& context, Timestamp at, Provenance& out) {
  for (std::uint32_t input = 0; input < input_->frame().present.size(); ++input) {
    const bool member = input_->frame().present[input] != 0 && groups_[input] == row;
    if (member) input_->trace(input, context, at, out);
  }
  if (parameter_) parameter_->trace(context, at, out);
}

LimitRatioNode::LimitRatioNode(ScalarPtr ratio, std::size_t ratio_begin, VectorPtr input)
    : ratio_(std::move(ratio)), ratio_begin_(ratio_begin), input_(std::move(input)) {}

void LimitRatioNode::evaluate(Context& context, Timestamp at) {
  const double given = ratio_->evaluate(context, at);
  if (std::isnan(given)) throw EvaluationFailure{"Ratio value is NaN"};
  const double ratio = std::clamp(given, -1.0, 1.0);
  if (ratio != given)
    context.warn(ratio_begin_, fmt::format("ratio value should be between -1 and 1, got {}, capping to {}",
                                           format_number(given), format_number(ratio)));
  input_->evaluate(context, at);
  frame_ = input_->frame();
  for (std::size_t row = 0; row < frame_.present.size(); ++row) {
    if (frame_.present[row] == 0) continue;
    // The hash's bits are spread first: of similar label sets they are similar.
    constexpr std::uint64_t kSpread = 0x9e3779b97f4a7c15;
    const double place = static_cast<double>((input_->rows()[row].hash() * kSpread) >> 11) * 0x1.0p-53;
    const bool kept = ratio >= 0 ? place < ratio : place >= 1 + ratio;
    if (!kept) frame_.present[row] = 0;
  }
}

void LimitRatioNode::trace(std::uint32_t row, Context& context, Timestamp at, Provenance& out) {
  input_->trace(row, context, at, out);
  ratio_->trace(context, at, out);
}

RankNode::RankNode(AggregateOp op, Grouping grouping, ScalarPtr parameter, VectorPtr input)
    : op_(op), groups_(std::move(grouping)), parameter_(std::move(parameter)), input_(std::move(input)) {}

std::size_t RankNode::limit(Context& context, Timestamp at) {
  const double parameter = parameter_->evaluate(context, at);
  if (std::isnan(parameter)) throw EvaluationFailure{"Parameter value is NaN"};
  if (std::abs(parameter) >= 9.3e18) {
    throw EvaluationFailure{fmt::format("Scalar value {} overflows int64", format_number(parameter))};
  }
  return parameter < 1 ? 0 : static_cast<std::size_t>(parameter);
}

bool RankNode::ranks_before(std::uint32_t a, std::uint32_t b) const {
  if (op_ == AggregateOp::limitk) return input_->rows()[a] < input_->rows()[b];
  const double x = frame_.values[a];
  const double y = frame_.values[b];
  if (std::isnan(x) != std::isnan(y)) return std::isnan(y);
  if (x != y && !std::isnan(x)) return op_ == AggregateOp::topk ? x > y : x < y;
  return input_->rows()[a] < input_->rows()[b];
}

void RankNode::evaluate(Context& context, Timestamp at) {
  const std::size_t most = limit(context, at);
  input_->evaluate(context, at);
  groups_.follow(input_->rows());
  frame_ = input_->frame();
  members_.resize(groups_.rows().size());
  for (auto& members : members_) members.clear();
  for (std::uint32_t row = 0; row < frame_.present.size(); ++row) {
    if (frame_.present[row] != 0) members_[groups_[row]].push_back(row);
  }
  frame_.order.clear();
  std::ranges::fill(frame_.present, 0);
  for (auto& members : members_) {
    const auto kept = members.begin() + static_cast<std::ptrdiff_t>(std::min(most, members.size()));
    std::ranges::partial_sort(members, kept, [this](auto a, auto b) { return ranks_before(a, b); });
    frame_.order.insert(frame_.order.end(), members.begin(), kept);
  }
  for (const std::uint32_t row : frame_.order) frame_.present[row] = 1;
}

void RankNode::trace(std::uint32_t row, Context& context, Timestamp at, Provenance& out) {
  for (std::uint32_t input = 0; input < input_->frame().present.size(); ++input) {
    const bool member = input_->frame().present[input] != 0 && groups_[input] == groups_[row];
    if (member) input_->trace(input, context, at, out);
  }
  parameter_->trace(context, at, out);
}

CountValuesNode::CountValuesNode(std::string label, Grouping grouping, VectorPtr input)
    : label_(std::move(label)), grouping_(std::move(grouping)), input_(std::move(input)) {}

std::uint32_t CountValuesNode::row_of(const Labels& labels, double value) {
  Labels group = grouping_.group(labels);
  if (!grouping_.removes(label_)) group = group.with(label_, format_number(value));
  const auto [known, is_new] = ids_.emplace(group, static_cast<std::uint32_t>(rows_.size()));
  if (is_new) rows_.add(std::move(group));
  return known->second;
}

void CountValuesNode::evaluate(Context& context, Timestamp at) {
  constexpr std::uint32_t kNone = std::numeric_limits<std::uint32_t>::max();
  if (label_.empty() || !is_valid_utf8(label_)) throw EvaluationFailure{"invalid label name " + double_quoted(label_)};
  input_->evaluate(context, at);
  const Frame& in = input_->frame();
  if (rows_.size() > kManyRows + 4 * in.present.size()) {  // values that came once would otherwise pile up
    rows_.start_anew();
    ids_.clear();
  }
  row_of_input_.assign(in.present.size(), kNone);
  for (std::size_t row = 0; row < in.present.size(); ++row) {
    if (in.present[row] != 0) row_of_input_[row] = row_of(input_->rows()[row], in.values[row]);
  }
  frame_.reset(rows_.size());
  for (const std::uint32_t row : row_of_input_) {
    if (row != kNone) frame_.set(row, frame_.present[row] == 0 ? 1 : frame_.values[row] + 1);
  }
}

void CountValuesNode::trace(std::uint32_t row, Context& context, Timestamp at, Provenance& out) {
  for (std::uint32_t input = 0; input < row_of_input_.size(); ++input) {
    if (row_of_input_[input] == row) input_->trace(input, context, at, out);
  }
}

}  // namespace a2od::promql
