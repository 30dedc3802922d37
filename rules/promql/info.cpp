#include "rules/promql/info.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <iterator>

namespace a2od::promql {
namespace {

constexpr std::string_view kTargetInfo = "target_info";
constexpr std::size_t kManyRows = 1024;

/// The shifts on the way to the first selector, outermost first.
bool collect_shifts(const Expr& expr, std::vector<Shift>& out) {
  const auto in = [&](const ExprPtr& inner) { return inner && collect_shifts(*inner, out); };
  if (const auto* node = std::get_if<VectorSelector>(&expr.node)) {
    out.push_back(node->shift);
    return true;
  }
  if (const auto* node = std::get_if<MatrixSelector>(&expr.node)) {
    out.push_back(node->selector.shift);
    return true;
  }
  if (const auto* node = std::get_if<Subquery>(&expr.node)) {
    out.push_back(node->shift);
    if (in(node->inner)) return true;
    out.pop_back();
    return false;
  }
  if (const auto* node = std::get_if<Paren>(&expr.node)) return in(node->inner);
  if (const auto* node = std::get_if<Unary>(&expr.node)) return in(node->inner);
  if (const auto* node = std::get_if<Binary>(&expr.node)) return in(node->left) || in(node->right);
  if (const auto* node = std::get_if<Aggregate>(&expr.node)) return in(node->inner);
  if (const auto* node = std::get_if<Call>(&expr.node)) return std::ranges::any_of(node->arguments, in);
  return false;
}

std::vector<Matcher> data_matchers(const VectorSelector* labels) {
  std::vector<Matcher> data;
  if (labels != nullptr)
    std::ranges::copy_if(labels->matchers, std::back_inserter(data),
                         [](const Matcher& matcher) { return matcher.name() != kMetricName; });
  return data;
}

VectorSelector info_selector(std::vector<Matcher> names, const std::vector<Matcher>& data) {
  names.insert(names.end(), data.begin(), data.end());
  return {.name = {}, .matchers = std::move(names), .shift = {}};
}

}  // namespace

std::vector<Matcher> info_names(const VectorSelector* labels) {
  std::vector<Matcher> names;
  if (labels != nullptr)
    std::ranges::copy_if(labels->matchers, std::back_inserter(names),
                         [](const Matcher& matcher) { return matcher.name() == kMetricName; });
  if (names.empty()) names.push_back(Matcher::equal(std::string(kMetricName), std::string(kTargetInfo)));
  return names;
}

InfoNode::InfoNode(const Expr& argument, VectorPtr input, const VectorSelector* labels)
    : input_(std::move(input)),
      names_(info_names(labels)),
      data_(data_matchers(labels)),
      infos_(info_selector(names_, data_), SelectorYields::timestamps) {
  collect_shifts(argument, shifts_);
}

Timestamp InfoNode::info_time(const Context& context, Timestamp at) const {
  for (const Shift& shift : shifts_) at = shifted(shift, context, at);
  return at;
}

bool InfoNode::is_info(const Labels& labels) const { return matches_all(names_, labels); }

bool InfoNode::takes(std::string_view label) const {
  if (label == kMetricName) return false;
  return data_.empty() || std::ranges::any_of(data_, [&](const Matcher& matcher) { return matcher.name() == label; });
}

InfoNode::InfoRows InfoNode::present_infos() {
  InfoRows found;
  const Frame& frame = infos_.frame();
  for (std::uint32_t row = 0; row < frame.present.size(); ++row) {
    if (frame.present[row] == 0) continue;
    const Labels& labels = infos_.rows()[row];
    const Target target{labels.get("job"), labels.get("instance")};
    if (target == Target{}) continue;
    const auto [known, is_new] = found[target].emplace(labels.get(kMetricName), row);
    if (is_new) continue;
    if (frame.values[known->second] == frame.values[row])
      throw EvaluationFailure{fmt::format("found duplicate series for info metric: {} and {}",
                                          infos_.rows()[known->second].to_string(), labels.to_string())};
    if (frame.values[known->second] < frame.values[row]) known->second = row;
  }
  return found;
}

std::vector<Labels::Pair> InfoNode::added_labels(const Labels& base, const std::vector<std::uint32_t>& infos) const {
  std::vector<Labels::Pair> added;
  for (const std::uint32_t info : infos) {
    for (const auto& [name, value] : infos_.rows()[info].pairs()) {
      if (!takes(name) || !base.get(name).empty()) continue;
      const auto known = std::ranges::find(added, name, &Labels::Pair::first);
      if (known == added.end()) {
        added.emplace_back(name, value);
      } else if (known->second != value) {
        throw EvaluationFailure{fmt::format("conflicting label: {}", name)};
      }
    }
  }
  return added;
}

std::uint32_t InfoNode::row_of(Labels labels, std::uint32_t input, std::vector<std::uint32_t> infos) {
  const auto [known, is_new] = ids_.emplace(labels, static_cast<std::uint32_t>(rows_.size()));
  if (is_new) {
    rows_.add(std::move(labels));
    origins_.emplace_back();
  }
  origins_[known->second] = {input, std::move(infos)};
  return known->second;
}

void InfoNode::evaluate(Context& context, Timestamp at) {
  input_->evaluate(context, at);
  infos_.evaluate(context, info_time(context, at));
  if (rows_.size() > kManyRows && rows_.size() > 4 * input_->rows().size()) {  // infos came and went
    rows_.start_anew();
    ids_.clear();
    origins_.clear();
  }
  const InfoRows infos = present_infos();
  const bool may_lack_labels = std::ranges::all_of(data_, [](const Matcher& matcher) { return matcher.matches(""); });
  std::vector<std::pair<std::uint32_t, double>> present;
  const Frame& frame = input_->frame();
  for (std::uint32_t row = 0; row < frame.present.size(); ++row) {
    if (frame.present[row] == 0) continue;
    const Labels& base = input_->rows()[row];
    std::vector<std::uint32_t> used;
    const auto found = infos.find({base.get("job"), base.get("instance")});
    const bool base_is_info = is_info(base);
    if (!base_is_info && found != infos.end())
      for (const auto& [metric, info] : found->second) used.push_back(info);
    auto pairs = added_labels(base, used);
    // A matcher that no info series meets leaves the series out.
    if (!base_is_info && used.empty() && !may_lack_labels) continue;
    for (const auto& pair : base.pairs()) pairs.push_back(pair);
    present.emplace_back(row_of(Labels::from(std::move(pairs)), row, std::move(used)), frame.values[row]);
  }
  frame_.reset(rows_.size());
  for (const auto& [row, value] : present) {
    if (frame_.present[row] != 0) throw EvaluationFailure{"vector cannot contain metrics with the same labelset"};
    frame_.set(row, value);
  }
}

void InfoNode::trace(std::uint32_t row, Context& context, Timestamp at, Provenance& out) {
  const Origin& origin = origins_[row];
  input_->trace(origin.input, context, at, out);
  for (const std::uint32_t info : origin.infos) out.insert(infos_.rows()[info]);
}

}  // namespace a2od::promql
