#include "rules/promql/vector_matching.hpp"

#include <fmt/core.h>

#include <algorithm>

namespace a2od::promql {
namespace {

using Cardinality = VectorMatching::Cardinality;
constexpr std::uint32_t kNone = Signatures::kNone;

/// Calls visit(row) for the rows that are present.
template <class Visit>
void each_present(const Frame& frame, Visit&& visit) {
  for (std::uint32_t row = 0; row < frame.present.size(); ++row) {
    if (frame.present[row] != 0) visit(row);
  }
}

}  // namespace

Signatures::Signatures(const VectorMatching& matching) : grouping_(!matching.on, matching.labels) {}

std::uint32_t Signatures::id(const Labels& labels) {
  return ids_.emplace(grouping_.group(labels), static_cast<std::uint32_t>(ids_.size())).first->second;
}

void Signatures::follow(const Rows& left, const Rows& right) {
  if (left_follower_.outdated(left) || right_follower_.outdated(right)) {
    left_follower_.start(left);
    right_follower_.start(right);
    ids_.clear();
    left_.clear();
    right_.clear();
  }
  left_follower_.catch_up(left, [&](std::uint32_t row) { left_.push_back(id(left[row])); });
  right_follower_.catch_up(right, [&](std::uint32_t row) { right_.push_back(id(right[row])); });
}

MatchNode::MatchNode(const Binary& binary, VectorPtr left, VectorPtr right)
    : matching_(binary.matching),
      function_(binary_function(binary.op)),
      filters_(is_comparison(binary.op) && !binary.return_bool),
      swapped_(matching_.cardinality == Cardinality::one_to_many),
      many_(swapped_ ? std::move(right) : std::move(left)),
      one_(swapped_ ? std::move(left) : std::move(right)),
      signatures_(matching_) {}

std::uint32_t MatchNode::many_signature(std::uint32_t row) const {
  return swapped_ ? signatures_.right(row) : signatures_.left(row);
}

Labels MatchNode::output_labels(const Labels& many, const Labels& one) const {
  Labels labels = filters_ ? many : without_name(many);
  if (matching_.cardinality == Cardinality::one_to_one) {
    const std::vector<std::string_view> names(matching_.labels.begin(), matching_.labels.end());
    return matching_.on ? labels.only(names) : labels.without(names);
  }
  for (const std::string& name : matching_.include) labels = labels.with(name, one.get(name));
  return labels;
}

void MatchNode::forget_outdated_rows() {
  const bool outdated = many_follower_.outdated(many_->rows()) || one_follower_.outdated(one_->rows());
  if (outdated) {
    many_follower_.start(many_->rows());
    one_follower_.start(one_->rows());
    rows_.start_anew();
    many_of_output_.clear();
    outputs_.clear();
    last_match_.clear();
  }
  last_match_.resize(many_->rows().size());
}

void MatchNode::fail_duplicate(std::uint32_t first, std::uint32_t second) const {
  const Rows& rows = one_->rows();
  throw EvaluationFailure{fmt::format(
      "found duplicate series for the match group {} on the {} hand-side of the operation: [{}, {}];many-to-many "
      "matching not allowed: matching labels must be unique on one side",
      signatures_.labels_of(rows[second]).to_string(), swapped_ ? "left" : "right", rows[second].to_string(),
      rows[first].to_string())};
}

void MatchNode::find_one_rows() {
  one_of_signature_.assign(signatures_.count(), kNone);
  each_present(one_->frame(), [this](std::uint32_t row) {
    std::uint32_t& known = one_of_signature_[swapped_ ? signatures_.left(row) : signatures_.right(row)];
    if (known != kNone) fail_duplicate(known, row);
    known = row;
  });
}

std::uint32_t MatchNode::output_row(std::uint32_t many, std::uint32_t one) {
  // What the one side adds to the labels is all that can differ between its rows.
  if (matching_.include.empty()) one = kNone;
  Match& last = last_match_[many];
  if (last.row != kNone && last.one == one) return last.row;
  const std::uint64_t key = (std::uint64_t{many} << 32) | one;
  const auto [known, is_new] = outputs_.emplace(key, static_cast<std::uint32_t>(rows_.size()));
  if (is_new) {
    rows_.add(output_labels(many_->rows()[many], one == kNone ? Labels{} : one_->rows()[one]));
    many_of_output_.push_back(many);
  }
  last = {known->second, many, one};
  return last.row;
}

void MatchNode::find_matches() {
  matches_.clear();
  matched_.assign(signatures_.count(), 0);
  each_present(many_->frame(), [this](std::uint32_t many) {
    const std::uint32_t signature = many_signature(many);
    const std::uint32_t one = one_of_signature_[signature];
    if (one == kNone) return;
    if (matching_.cardinality == Cardinality::one_to_one && matched_[signature]++ != 0) {
      throw EvaluationFailure{
          "multiple matches for labels: many-to-one matching must be explicit (group_left/group_right)"};
    }
    matches_.push_back({output_row(many, one), many, one});
  });
  frame_.reset(rows_.size());
  for (const Match& match : matches_) frame_.present[match.row] = 1;
}

void MatchNode::evaluate(Context& context, Timestamp at) {
  many_->evaluate(context, at);
  one_->evaluate(context, at);
  if (swapped_) {
    signatures_.follow(one_->rows(), many_->rows());
  } else {
    signatures_.follow(many_->rows(), one_->rows());
  }
  forget_outdated_rows();
  frame_.reset(rows_.size());
  if (many_->frame().empty() || one_->frame().empty()) return;
  find_one_rows();
  find_matches();
  // Prometheus looks for ambiguity before a comparison filters.
  if (matching_.cardinality != Cardinality::one_to_one) {
    unique_.check(rows_, frame_, "multiple matches for labels: grouping labels must ensure unique matches");
  }
  for (const Match& match : matches_) compute(match);
  unique_.check(rows_, frame_);
}

void MatchNode::compute(const Match& match) {
  const double value = many_->frame().values[match.many];
  const double other = one_->frame().values[match.one];
  const double left = swapped_ ? other : value;
  const double right = swapped_ ? value : other;
  const double result = function_(left, right);
  frame_.values[match.row] = filters_ ? left : result;
  frame_.present[match.row] = !filters_ || result != 0 ? 1 : 0;
}

void MatchNode::trace(std::uint32_t row, Context& context, Timestamp at, Provenance& out) {
  const std::uint32_t many = many_of_output_[row];
  many_->trace(many, context, at, out);
  const std::uint32_t one = one_of_signature_[many_signature(many)];
  if (one != kNone) one_->trace(one, context, at, out);
}

FilterNode::FilterNode(const Binary& binary, VectorPtr left, VectorPtr right)
    : keeps_matched_(binary.op == BinaryOp::set_and),
      left_(std::move(left)),
      right_(std::move(right)),
      signatures_(binary.matching) {}

void FilterNode::evaluate(Context& context, Timestamp at) {
  left_->evaluate(context, at);
  right_->evaluate(context, at);
  signatures_.follow(left_->rows(), right_->rows());
  matched_.assign(signatures_.count(), 0);
  each_present(right_->frame(), [this](std::uint32_t row) { matched_[signatures_.right(row)] = 1; });
  frame_ = left_->frame();
  frame_.order.clear();
  each_present(left_->frame(), [this](std::uint32_t row) {
    const bool matched = matched_[signatures_.left(row)] != 0;
    if (matched != keeps_matched_) frame_.present[row] = 0;
  });
}

void FilterNode::trace(std::uint32_t row, Context& context, Timestamp at, Provenance& out) {
  left_->trace(row, context, at, out);
  if (!keeps_matched_) return;
  each_present(right_->frame(), [&](std::uint32_t other) {
    if (signatures_.right(other) == signatures_.left(row)) right_->trace(other, context, at, out);
  });
}

UnionNode::UnionNode(const Binary& binary, VectorPtr left, VectorPtr right)
    : left_(std::move(left)), right_(std::move(right)), signatures_(binary.matching) {}

void UnionNode::follow() {
  if (left_follower_.outdated(left_->rows()) || right_follower_.outdated(right_->rows())) {
    left_follower_.start(left_->rows());
    right_follower_.start(right_->rows());
    rows_.start_anew();
    origins_.clear();
    left_rows_.clear();
    right_rows_.clear();
  }
  left_follower_.catch_up(left_->rows(), [this](std::uint32_t row) {
    left_rows_.push_back(rows_.add(left_->rows()[row]));
    origins_.push_back({true, row});
  });
  right_follower_.catch_up(right_->rows(), [this](std::uint32_t row) {
    right_rows_.push_back(rows_.add(right_->rows()[row]));
    origins_.push_back({false, row});
  });
}

void UnionNode::evaluate(Context& context, Timestamp at) {
  left_->evaluate(context, at);
  right_->evaluate(context, at);
  signatures_.follow(left_->rows(), right_->rows());
  follow();
  frame_.reset(rows_.size());
  matched_.assign(signatures_.count(), 0);
  each_present(left_->frame(), [this](std::uint32_t row) {
    matched_[signatures_.left(row)] = 1;
    frame_.set(left_rows_[row], left_->frame().values[row]);
  });
  each_present(right_->frame(), [this](std::uint32_t row) {
    if (matched_[signatures_.right(row)] == 0) frame_.set(right_rows_[row], right_->frame().values[row]);
  });
  unique_.check(rows_, frame_);
}

void UnionNode::trace(std::uint32_t row, Context& context, Timestamp at, Provenance& out) {
  const Origin origin = origins_[row];
  (origin.from_left ? left_ : right_)->trace(origin.row, context, at, out);
}

}  // namespace a2od::promql
