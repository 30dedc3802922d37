#include "rules/promql/histogram.hpp"

#include "config/quote.hpp"
#include "rules/promql/vector_nodes.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <optional>
#include <string_view>

namespace a2od::promql {
namespace {

using limits = std::numeric_limits<double>;
constexpr std::string_view kBound = "le";
constexpr double kSmallDelta = 1e-12;

/// Numbers as Go's ParseFloat reads them, as far as bounds go: +Inf, 0.5, 1e3.
std::optional<double> parse_bound(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  double value = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || problem != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

bool nearly_equal(double a, double b) {
  if (a == b) return true;
  const double both = std::abs(a) + std::abs(b);
  const double difference = std::abs(a - b);
  if (a == 0 || b == 0 || both < limits::min()) return difference < kSmallDelta * limits::min();
  return difference / std::min(both, limits::max()) < kSmallDelta;
}

/// Sorted, one bucket for each bound.
void merge_equal_bounds(std::vector<Bucket>& buckets) {
  std::ranges::sort(buckets, {}, &Bucket::upper_bound);
  std::size_t last = 0;
  for (std::size_t i = 1; i < buckets.size(); ++i) {
    if (buckets[i].upper_bound == buckets[last].upper_bound) {
      buckets[last].count += buckets[i].count;
    } else {
      buckets[++last] = buckets[i];
    }
  }
  buckets.resize(last + 1);
}

/// Counts never fall from bucket to bucket; scrapes that raced, and rounding, may make it look as if they did.
bool make_monotonic(std::vector<Bucket>& buckets) {
  bool mended = false;
  double before = buckets.front().count;
  for (Bucket& bucket : buckets) {
    const bool near = nearly_equal(before, bucket.count);
    mended = mended || (bucket.count < before && !near);
    if (bucket.count < before || near) bucket.count = before;
    before = bucket.count;
  }
  return mended;
}

bool is_complete(const std::vector<Bucket>& buckets) {
  return !buckets.empty() &&
         std::ranges::max_element(buckets, {}, &Bucket::upper_bound)->upper_bound == limits::infinity();
}

/// How many observations are below a value, linear within its bucket.
double observations_below(double value, const std::vector<Bucket>& buckets) {
  double rank = 0;
  double lower_bound = buckets.front().upper_bound > 0 ? 0 : -limits::infinity();
  for (const Bucket& bucket : buckets) {
    if (value <= lower_bound) return rank;
    if (value < bucket.upper_bound) {
      if (std::isinf(lower_bound)) return bucket.count;
      if (std::isinf(bucket.upper_bound)) return rank;
      return rank + (bucket.count - rank) * (value - lower_bound) / (bucket.upper_bound - lower_bound);
    }
    rank = bucket.count;
    lower_bound = bucket.upper_bound;
  }
  return rank;
}

}  // namespace

double bucket_quantile(double q, std::vector<Bucket> buckets, bool* mended) {
  if (std::isnan(q)) return limits::quiet_NaN();
  if (q < 0) return -limits::infinity();
  if (q > 1) return limits::infinity();
  if (!is_complete(buckets)) return limits::quiet_NaN();
  merge_equal_bounds(buckets);
  const bool fell = make_monotonic(buckets);
  if (mended != nullptr) *mended = fell;
  const double observations = buckets.back().count;
  if (buckets.size() < 2 || observations == 0 || std::isnan(observations)) return limits::quiet_NaN();

  double rank = q * observations;
  const auto last = buckets.end() - 1;
  const auto bucket = std::partition_point(buckets.begin(), last, [&](const Bucket& b) { return b.count < rank; });
  if (bucket == last) return (last - 1)->upper_bound;
  if (bucket == buckets.begin() && bucket->upper_bound <= 0) return bucket->upper_bound;
  if (bucket == buckets.begin()) return bucket->upper_bound * (rank / bucket->count);
  const auto below = bucket - 1;
  rank -= below->count;
  const double width = bucket->upper_bound - below->upper_bound;
  return below->upper_bound + width * (rank / (bucket->count - below->count));
}

double bucket_fraction(double lower, double upper, std::vector<Bucket> buckets) {
  if (!is_complete(buckets)) return limits::quiet_NaN();
  merge_equal_bounds(buckets);
  const double observations = buckets.back().count;
  if (observations == 0 || std::isnan(observations) || std::isnan(lower) || std::isnan(upper)) {
    return limits::quiet_NaN();
  }
  if (lower >= upper) return 0;
  const double below_upper = upper == limits::infinity() ? observations : observations_below(upper, buckets);
  return (below_upper - observations_below(lower, buckets)) / observations;
}

HistogramNode::HistogramNode(std::vector<ScalarPtr> parameters, VectorPtr input, Places places)
    : parameters_(std::move(parameters)), input_(std::move(input)), places_(places) {}

void HistogramNode::follow() {
  if (follower_.outdated(input_->rows())) {
    follower_.start(input_->rows());
    rows_.start_anew();
    ids_.clear();
    members_.clear();
    names_.clear();
  }
  follower_.catch_up(input_->rows(), [this](std::uint32_t row) {
    constexpr std::array kBoundLabel{kBound};
    const Labels& labels = input_->rows()[row];
    const auto bound = parse_bound(labels.get(kBound));
    if (!bound) {
      members_.emplace_back();
      return;
    }
    Labels histogram = labels.without(kBoundLabel);
    const auto [known, is_new] = ids_.emplace(histogram, static_cast<std::uint32_t>(rows_.size()));
    if (is_new) {
      rows_.add(without_name(histogram));
      names_.emplace_back(histogram.get(kMetricName));
    }
    members_.push_back({known->second, *bound, true});
  });
}

void HistogramNode::evaluate(Context& context, Timestamp at) {
  input_->evaluate(context, at);
  evaluate_all(parameters_, context, at, values_);
  if (values_.size() == 1) check_quantile(context, places_.parameter, values_[0]);
  follow();
  frame_.reset(rows_.size());
  buckets_.resize(rows_.size());
  for (auto& buckets : buckets_) buckets.clear();
  const Frame& in = input_->frame();
  for (std::size_t row = 0; row < in.present.size(); ++row) {
    const Member& member = members_[row];
    if (in.present[row] == 0) continue;
    if (!member.is_bucket) {
      warn_of_bound(context, input_->rows()[row]);
      continue;
    }
    buckets_[member.histogram].push_back({member.upper_bound, in.values[row]});
  }
  for (std::size_t row = 0; row < rows_.size(); ++row) {
    if (buckets_[row].empty()) continue;
    frame_.set(row, value_of(context, row));
  }
  unique_.check(rows_, frame_);
}

double HistogramNode::value_of(const Context& context, std::size_t row) const {
  if (values_.size() > 1) return bucket_fraction(values_[0], values_[1], buckets_[row]);
  bool mended = false;
  const double value = bucket_quantile(values_[0], buckets_[row], &mended);
  if (mended)
    context.inform(places_.input,
                   "input to histogram_quantile needed to be fixed for monotonicity (see "
                   "https://prometheus.io/docs/prometheus/latest/querying/functions/#histogram_quantile) for metric "
                   "name " +
                       double_quoted(names_[row]));
  return value;
}

void HistogramNode::warn_of_bound(const Context& context, const Labels& labels) const {
  if (context.annotations == nullptr) return;
  context.warn(places_.input,
               fmt::format("bucket label \"le\" is missing or has a malformed value of {} for metric name {}",
                           double_quoted(labels.get(kBound)), double_quoted(labels.get(kMetricName))));
}

void HistogramNode::trace(std::uint32_t row, Context& context, Timestamp at, Provenance& out) {
  const Frame& in = input_->frame();
  for (std::uint32_t input = 0; input < in.present.size(); ++input) {
    const bool bucket = in.present[input] != 0 && members_[input].is_bucket && members_[input].histogram == row;
    if (bucket) input_->trace(input, context, at, out);
  }
  for (const ScalarPtr& parameter : parameters_) parameter->trace(context, at, out);
}

}  // namespace a2od::promql
