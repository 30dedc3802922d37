#include "tests/rules/promql/plain_evaluator.hpp"

#include "rules/promql/printer.hpp"
#include "rules/series/labels.hpp"
#include "rules/series/series.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <optional>
#include <regex>
#include <set>
#include <stdexcept>
#include <tuple>

namespace a2od::promql::plain {
namespace {

using Samples = std::vector<Sample>;
using Numbers = std::vector<double>;

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();
const std::string kName(kMetricName);

double seconds(Milliseconds duration) { return static_cast<double>(duration.count()) / 1000; }
double seconds(Timestamp at) { return seconds(at.time_since_epoch()); }

std::string label(const LabelMap& labels, const std::string& name) {
  const auto found = labels.find(name);
  return found == labels.end() ? "" : found->second;
}
void set_label(LabelMap& labels, const std::string& name, const std::string& value) {
  if (value.empty())
    labels.erase(name);
  else
    labels[name] = value;
}
LabelMap without(LabelMap labels, const std::vector<std::string>& names) {
  for (const auto& name : names) labels.erase(name);
  return labels;
}
LabelMap only(const LabelMap& labels, const std::vector<std::string>& names) {
  LabelMap kept;
  for (const auto& name : names) set_label(kept, name, label(labels, name));
  return kept;
}
LabelMap without_name(const LabelMap& labels) { return without(labels, {kName}); }

void put(Vector& vector, const LabelMap& labels, double value) {
  if (!vector.emplace(labels, value).second)
    throw std::runtime_error("vector cannot contain metrics with the same labelset");
}

// Of many numbers.

double sum_of(const Numbers& numbers) {
  long double sum = 0;
  for (const double number : numbers) sum += number;
  return static_cast<double>(sum);
}
double mean_of(const Numbers& numbers) { return sum_of(numbers) / static_cast<double>(numbers.size()); }
double variance_of(const Numbers& numbers) {
  long double mean = 0;
  for (const double number : numbers) mean += number;
  mean /= static_cast<long double>(numbers.size());
  long double squares = 0;
  for (const double number : numbers) squares += (number - mean) * (number - mean);
  return static_cast<double>(squares / static_cast<long double>(numbers.size()));
}
double least_of(const Numbers& numbers) {
  double least = kNaN;
  for (const double number : numbers)
    if (std::isnan(least) || number < least) least = number;
  return least;
}
double most_of(const Numbers& numbers) {
  double most = kNaN;
  for (const double number : numbers)
    if (std::isnan(most) || number > most) most = number;
  return most;
}
double quantile_of(double q, Numbers numbers) {
  if (numbers.empty() || std::isnan(q)) return kNaN;
  if (q < 0) return -kInfinity;
  if (q > 1) return kInfinity;
  std::ranges::sort(numbers, [](double a, double b) { return std::isnan(a) ? !std::isnan(b) : a < b; });
  const double rank = q * static_cast<double>(numbers.size() - 1);
  const auto lower = static_cast<std::size_t>(std::floor(rank));
  const auto upper = std::min(lower + 1, numbers.size() - 1);
  const double weight = rank - std::floor(rank);
  return numbers[lower] * (1 - weight) + numbers[upper] * weight;
}
Numbers values_of(const Samples& samples) {
  Numbers values;
  for (const Sample& sample : samples) values.push_back(sample.value);
  return values;
}

// Of the samples of a range, which are one at least.

struct Window {
  Samples samples;
  Timestamp begin;
  Timestamp end;
  Timestamp at;
};

std::optional<double> increase(const Window& window, bool counter) {
  const Samples& samples = window.samples;
  if (samples.size() < 2) return std::nullopt;
  double total = samples.back().value - samples.front().value;
  double lost = 0;
  for (std::size_t i = 1; i < samples.size(); ++i)
    if (counter && samples[i].value < samples[i - 1].value) lost += samples[i - 1].value;
  total += lost;
  const double sampled = seconds(samples.back().at - samples.front().at);
  const double between = sampled / static_cast<double>(samples.size() - 1);
  double to_start = seconds(samples.front().at - window.begin);
  double to_end = seconds(window.end - samples.back().at);
  if (to_start >= between * 1.1) to_start = between / 2;
  if (counter && total > 0 && samples.front().value >= 0)
    to_start = std::min(to_start, sampled * (samples.front().value / total));
  if (to_end >= between * 1.1) to_end = between / 2;
  return total * ((sampled + to_start + to_end) / sampled);
}

/// Slope and value at `origin` of the line that fits best.
std::pair<double, double> line_through(const Samples& samples, Timestamp origin) {
  const double first = samples.front().value;
  if (std::ranges::all_of(samples, [&](const Sample& sample) { return sample.value == first; }))
    return std::isinf(first) ? std::pair(kNaN, kNaN) : std::pair(0.0, first);
  const auto n = static_cast<long double>(samples.size());
  const auto x = [&](const Sample& sample) { return static_cast<long double>(seconds(sample.at - origin)); };
  long double mean_x = 0;
  long double mean_y = 0;
  for (const Sample& sample : samples) {
    mean_x += x(sample) / n;
    mean_y += sample.value / n;
  }
  long double covariance = 0;
  long double variance = 0;
  for (const Sample& sample : samples) {
    covariance += (x(sample) - mean_x) * (sample.value - mean_y);
    variance += (x(sample) - mean_x) * (x(sample) - mean_x);
  }
  const long double slope = covariance / variance;
  return {static_cast<double>(slope), static_cast<double>(mean_y - slope * mean_x)};
}

double count_steps(const Samples& samples, bool (*counts)(double before, double after)) {
  double count = 0;
  for (std::size_t i = 1; i < samples.size(); ++i) count += counts(samples[i - 1].value, samples[i].value) ? 1 : 0;
  return count;
}

std::optional<double> of_range(std::string_view name, const Window& window, const Numbers& parameters) {
  const Samples& samples = window.samples;
  const Numbers values = values_of(samples);
  if (name == "increase") return increase(window, true);
  if (name == "delta") return increase(window, false);
  if (name == "rate") {
    const auto total = increase(window, true);
    return total ? std::optional(*total / seconds(window.end - window.begin)) : std::nullopt;
  }
  if (name == "irate" || name == "idelta") {
    if (samples.size() < 2) return std::nullopt;
    const Sample& last = samples.back();
    const Sample& before = samples[samples.size() - 2];
    if (name == "idelta") return last.value - before.value;
    return (last.value < before.value ? last.value : last.value - before.value) / seconds(last.at - before.at);
  }
  if (name == "changes") {
    return count_steps(samples, [](double before, double after) {
      return before != after && !(std::isnan(before) && std::isnan(after));
    });
  }
  if (name == "resets") return count_steps(samples, [](double before, double after) { return after < before; });
  if (name == "deriv" && samples.size() > 1) return line_through(samples, samples.front().at).first;
  if (name == "predict_linear" && samples.size() > 1) {
    const auto [slope, now] = line_through(samples, window.at);
    return slope * parameters.at(0) + now;
  }
  if (name == "avg_over_time") return mean_of(values);
  if (name == "sum_over_time") return sum_of(values);
  if (name == "min_over_time") return least_of(values);
  if (name == "max_over_time") return most_of(values);
  if (name == "count_over_time") return static_cast<double>(values.size());
  if (name == "last_over_time") return values.back();
  if (name == "present_over_time") return 1;
  if (name == "stdvar_over_time") return variance_of(values);
  if (name == "stddev_over_time") return std::sqrt(variance_of(values));
  if (name == "quantile_over_time") return quantile_of(parameters.at(0), values);
  return std::nullopt;
}

double of_value(std::string_view name, double value, const Numbers& parameters) {
  const auto most = [](double a, double b) { return std::isnan(a) || std::isnan(b) ? kNaN : std::max(a, b); };
  const auto least = [](double a, double b) { return std::isnan(a) || std::isnan(b) ? kNaN : std::min(a, b); };
  if (name == "abs") return std::abs(value);
  if (name == "ceil") return std::ceil(value);
  if (name == "floor") return std::floor(value);
  if (name == "sqrt") return std::sqrt(value);
  if (name == "sgn") return value > 0 ? 1 : value < 0 ? -1 : value;
  if (name == "clamp") return most(parameters.at(0), least(parameters.at(1), value));
  if (name == "clamp_min") return most(parameters.at(0), value);
  if (name == "clamp_max") return least(parameters.at(0), value);
  throw std::logic_error("the plain evaluator does not know " + std::string(name));
}

double operated(BinaryOp op, double a, double b) {
  switch (op) {
    case BinaryOp::add:
      return a + b;
    case BinaryOp::sub:
      return a - b;
    case BinaryOp::mul:
      return a * b;
    case BinaryOp::div:
      return a / b;
    case BinaryOp::mod:
      return std::fmod(a, b);
    case BinaryOp::pow:
      return std::pow(a, b);
    case BinaryOp::atan2:
      return std::atan2(a, b);
    case BinaryOp::equal:
      return a == b ? 1 : 0;
    case BinaryOp::not_equal:
      return a != b ? 1 : 0;
    case BinaryOp::less:
      return a < b ? 1 : 0;
    case BinaryOp::greater:
      return a > b ? 1 : 0;
    case BinaryOp::less_or_equal:
      return a <= b ? 1 : 0;
    case BinaryOp::greater_or_equal:
      return a >= b ? 1 : 0;
    default:
      throw std::logic_error("not an operator of numbers");
  }
}

using Buckets = std::map<double, double>;  ///< counts by upper bound

double quantile_of_buckets(double q, const Buckets& given) {
  if (std::isnan(q)) return kNaN;
  if (q < 0) return -kInfinity;
  if (q > 1) return kInfinity;
  std::vector<std::pair<double, double>> buckets(given.begin(), given.end());
  if (buckets.size() < 2 || buckets.back().first != kInfinity) return kNaN;
  for (std::size_t i = 1; i < buckets.size(); ++i) {
    double& count = buckets[i].second;
    const double before = buckets[i - 1].second;
    if (count < before || std::abs(count - before) < 1e-12 * (std::abs(count) + std::abs(before))) count = before;
  }
  const double observations = buckets.back().second;
  if (observations == 0 || std::isnan(observations)) return kNaN;
  const double rank = q * observations;
  std::size_t b = 0;
  while (b + 1 < buckets.size() && buckets[b].second < rank) ++b;
  if (b + 1 == buckets.size()) return buckets[b - 1].first;
  if (b == 0 && buckets[0].first <= 0) return buckets[0].first;
  const auto [lower, below] = b == 0 ? std::pair(0.0, 0.0) : buckets[b - 1];
  return lower + (buckets[b].first - lower) * ((rank - below) / (buckets[b].second - below));
}

class Evaluator {
 public:
  Evaluator(const AllSamples& samples, const Query& query) : samples_(samples), query_(query) {}

  Vector any(const Expr& expr, Timestamp at) {
    return expr.type == ValueType::scalar ? Vector{{{}, scalar(expr, at)}} : vector(expr, at);
  }

 private:
  // Where an expression looks.

  static Milliseconds length(const Duration& duration) { return duration.literal; }
  [[nodiscard]] Timestamp shifted(const Shift& shift, Timestamp at) const {
    if (shift.at.kind == AtModifier::Kind::time) at = shift.at.time;
    if (shift.at.kind == AtModifier::Kind::start) at = query_.start;
    if (shift.at.kind == AtModifier::Kind::end) at = query_.end;
    return shift.offset ? at - length(*shift.offset) : at;
  }

  /// The samples with after < time <= until of the series that match; without series that have none.
  [[nodiscard]] std::map<LabelMap, Samples> stored(const VectorSelector& selector, Timestamp after,
                                                   Timestamp until) const {
    std::map<LabelMap, Samples> found;
    for (const auto& [labels, samples] : samples_) {
      const bool matches = std::ranges::all_of(
          selector.matchers, [&](const Matcher& matcher) { return matcher.matches(label(labels, matcher.name())); });
      if (!matches) continue;
      for (const Sample& sample : samples)
        if (sample.at > after && sample.at <= until && sample.at <= query_.known_until) found[labels].push_back(sample);
    }
    return found;
  }

  Vector select(const VectorSelector& selector, Timestamp at, bool timestamps) {
    const Timestamp until = shifted(selector.shift, at);
    Vector out;
    for (const auto& [labels, samples] : stored(selector, until - query_.lookback, until)) {
      const Sample& last = samples.back();
      if (!is_stale_marker(last.value)) put(out, labels, timestamps ? seconds(last.at) : last.value);
    }
    return out;
  }

  struct Ranges {
    std::map<LabelMap, Samples> rows;
    Timestamp begin;
    Timestamp end;
  };
  Ranges range(const Expr& outer, Timestamp at) {
    const Expr& expr = unwrapped(outer);
    Ranges out;
    if (const auto* matrix = std::get_if<MatrixSelector>(&expr.node)) {
      out.end = shifted(matrix->selector.shift, at);
      out.begin = out.end - length(matrix->range);
      out.rows = stored(matrix->selector, out.begin, out.end);
      for (auto& [labels, samples] : out.rows)
        std::erase_if(samples, [](const Sample& sample) { return is_stale_marker(sample.value); });
      std::erase_if(out.rows, [](const auto& row) { return row.second.empty(); });
      return out;
    }
    const auto& subquery = std::get<Subquery>(expr.node);
    const Milliseconds step = subquery.step ? length(*subquery.step) : query_.subquery_step;
    out.end = shifted(subquery.shift, at);
    out.begin = out.end - length(subquery.range);
    Timestamp time(out.begin.time_since_epoch() / step * step);
    for (; time <= out.end; time += step) {
      if (time <= out.begin) continue;
      for (const auto& [labels, value] : vector(*subquery.inner, time)) out.rows[labels].push_back({time, value});
    }
    return out;
  }

  // Expressions by their kinds.

  double scalar(const Expr& outer, Timestamp at) {
    const Expr& expr = unwrapped(outer);
    if (const auto* number = std::get_if<NumberLiteral>(&expr.node)) return number->value;
    if (const auto* unary = std::get_if<Unary>(&expr.node))
      return (unary->negative ? -1 : 1) * scalar(*unary->inner, at);
    if (const auto* binary = std::get_if<Binary>(&expr.node))
      return operated(binary->op, scalar(*binary->left, at), scalar(*binary->right, at));
    const auto& call = std::get<Call>(expr.node);
    if (call.function->name == "time") return seconds(at);
    const Vector input = vector(*call.arguments.at(0), at);
    return input.size() == 1 ? input.begin()->second : kNaN;
  }

  Vector vector(const Expr& outer, Timestamp at) {
    const Expr& expr = unwrapped(outer);
    if (const auto* selector = std::get_if<VectorSelector>(&expr.node)) return select(*selector, at, false);
    if (const auto* aggregate = std::get_if<Aggregate>(&expr.node)) return aggregated(*aggregate, at);
    if (const auto* call = std::get_if<Call>(&expr.node)) return called(*call, at);
    if (const auto* binary = std::get_if<Binary>(&expr.node)) return combined(*binary, at);
    const auto& unary = std::get<Unary>(expr.node);
    const Vector input = vector(*unary.inner, at);
    if (!unary.negative) return input;
    Vector out;
    for (const auto& [labels, value] : input) put(out, without_name(labels), -value);
    return out;
  }

  Numbers scalars(const Call& call, Timestamp at) {
    Numbers numbers;
    for (const auto& argument : call.arguments)
      if (argument->type == ValueType::scalar) numbers.push_back(scalar(*argument, at));
    return numbers;
  }
  static std::string text(const Call& call, std::size_t argument) {
    return std::get<TextLiteral>(unwrapped(*call.arguments.at(argument)).node).text;
  }

  Vector called(const Call& call, Timestamp at) {
    const std::string_view name = call.function->name;
    if (name == "vector") return {{{}, scalar(*call.arguments.at(0), at)}};
    if (name == "absent") return absent(call, vector(*call.arguments[0], at).empty());
    if (name == "absent_over_time") return absent(call, range(*call.arguments[0], at).rows.empty());
    if (name == "timestamp") return timestamps(*call.arguments[0], at);
    if (name == "sort" || name == "sort_desc") return vector(*call.arguments[0], at);
    if (name == "label_replace") return label_replaced(call, at);
    if (name == "histogram_quantile") return histogram_quantile(call, at);
    if (call.function->kind == FunctionKind::range) return ranged(call, at);
    const Numbers parameters = scalars(call, at);
    Vector out;
    const bool nothing = name == "clamp" && parameters.at(1) < parameters.at(0);
    for (const auto& [labels, value] : vector(*call.arguments[0], at))
      if (!nothing) put(out, without_name(labels), of_value(name, value, parameters));
    return out;
  }

  Vector ranged(const Call& call, Timestamp at) {
    const std::string_view name = call.function->name;
    const auto& argument =
        *std::ranges::find(call.arguments, ValueType::matrix, [](const ExprPtr& a) { return a->type; });
    const Ranges input = range(*argument, at);
    const Numbers parameters = scalars(call, at);
    Vector out;
    for (const auto& [labels, samples] : input.rows) {
      const auto value = of_range(name, {samples, input.begin, input.end, at}, parameters);
      if (value) put(out, name == "last_over_time" ? labels : without_name(labels), *value);
    }
    return out;
  }

  Vector timestamps(const Expr& argument, Timestamp at) {
    const auto* selector = std::get_if<VectorSelector>(&unwrapped(argument).node);
    Vector out;
    for (const auto& [labels, value] : selector != nullptr ? select(*selector, at, true) : vector(argument, at))
      put(out, without_name(labels), selector != nullptr ? value : seconds(at));
    return out;
  }

  /// Labels of what is absent: those that the selector fixes.
  static Vector absent(const Call& call, bool nothing) {
    if (!nothing) return {};
    const Expr& argument = unwrapped(*call.arguments.at(0));
    const auto* selector = std::get_if<VectorSelector>(&argument.node);
    if (const auto* matrix = std::get_if<MatrixSelector>(&argument.node)) selector = &matrix->selector;
    LabelMap labels;
    if (selector == nullptr) return {{labels, 1}};
    for (const Matcher& matcher : selector->matchers) {
      const auto same_name = std::ranges::count(selector->matchers, matcher.name(), &Matcher::name);
      if (matcher.name() != kName && matcher.type() == MatchType::equal && same_name == 1)
        set_label(labels, matcher.name(), matcher.value());
    }
    return {{labels, 1}};
  }

  Vector label_replaced(const Call& call, Timestamp at) {
    const std::regex regex(text(call, 4));
    Vector out;
    for (auto [labels, value] : vector(*call.arguments[0], at)) {
      const std::string source = label(labels, text(call, 3));
      std::smatch match;
      auto replaced = labels;
      if (std::regex_match(source, match, regex)) set_label(replaced, text(call, 1), match.format(text(call, 2)));
      put(out, replaced, value);
    }
    return out;
  }

  Vector histogram_quantile(const Call& call, Timestamp at) {
    const double q = scalar(*call.arguments[0], at);
    std::map<LabelMap, Buckets> histograms;
    for (const auto& [labels, value] : vector(*call.arguments[1], at)) {
      const std::string bound = label(labels, "le");
      if (!bound.empty()) histograms[without(labels, {"le"})][std::stod(bound)] += value;
    }
    Vector out;
    for (const auto& [labels, buckets] : histograms) put(out, without_name(labels), quantile_of_buckets(q, buckets));
    return out;
  }

  // Aggregations.

  static LabelMap group_of(const Aggregate& aggregate, const LabelMap& labels) {
    return aggregate.without ? without_name(without(labels, aggregate.labels)) : only(labels, aggregate.labels);
  }

  Vector aggregated(const Aggregate& aggregate, Timestamp at) {
    const Vector input = vector(*aggregate.inner, at);
    if (aggregate.op == AggregateOp::count_values) return counted_values(aggregate, input);
    const double parameter = aggregate.parameter ? scalar(*aggregate.parameter, at) : 0;
    if (aggregate.op == AggregateOp::topk || aggregate.op == AggregateOp::bottomk)
      return ranked(aggregate, input, parameter);
    std::map<LabelMap, Numbers> groups;
    for (const auto& [labels, value] : input) groups[group_of(aggregate, labels)].push_back(value);
    Vector out;
    for (const auto& [labels, numbers] : groups) put(out, labels, reduced(aggregate.op, numbers, parameter));
    return out;
  }

  static double reduced(AggregateOp op, const Numbers& numbers, double parameter) {
    switch (op) {
      case AggregateOp::sum:
        return sum_of(numbers);
      case AggregateOp::avg:
        return mean_of(numbers);
      case AggregateOp::count:
        return static_cast<double>(numbers.size());
      case AggregateOp::min:
        return least_of(numbers);
      case AggregateOp::max:
        return most_of(numbers);
      case AggregateOp::group:
        return 1;
      case AggregateOp::stddev:
        return std::sqrt(variance_of(numbers));
      case AggregateOp::stdvar:
        return variance_of(numbers);
      case AggregateOp::quantile:
        return quantile_of(parameter, numbers);
      default:
        throw std::logic_error("the plain evaluator does not know this aggregation");
    }
  }

  static Vector counted_values(const Aggregate& aggregate, const Vector& input) {
    const std::string name = std::get<TextLiteral>(unwrapped(*aggregate.parameter).node).text;
    Vector out;
    for (const auto& [labels, value] : input) {
      LabelMap group = group_of(aggregate, labels);
      const bool removed = aggregate.without && std::ranges::find(aggregate.labels, name) != aggregate.labels.end();
      if (!removed) group[name] = format_number(value);
      ++out[group];
    }
    return out;
  }

  /// NaN is the last of all; of equal values the one with the lesser labels comes first.
  static Vector ranked(const Aggregate& aggregate, const Vector& input, double parameter) {
    if (std::isnan(parameter)) throw std::runtime_error("Parameter value is NaN");
    std::map<LabelMap, std::vector<Row>> groups;
    for (const auto& row : input) groups[group_of(aggregate, row.first)].push_back(row);
    Vector out;
    for (const auto& [group, rows] : groups) {
      std::vector<const Row*> order;
      for (const Row& row : rows) order.push_back(&row);
      std::ranges::sort(order, [&](const Row* a, const Row* b) {
        const bool same = a->second == b->second || (std::isnan(a->second) && std::isnan(b->second));
        if (same) return a->first < b->first;
        if (std::isnan(a->second) || std::isnan(b->second)) return std::isnan(b->second);
        return aggregate.op == AggregateOp::topk ? a->second > b->second : a->second < b->second;
      });
      for (std::size_t i = 0; i < order.size() && static_cast<double>(i) + 1 <= parameter; ++i)
        put(out, order[i]->first, order[i]->second);
    }
    return out;
  }

  // Operators.

  Vector combined(const Binary& binary, Timestamp at) {
    if (binary.left->type == ValueType::scalar || binary.right->type == ValueType::scalar)
      return with_scalar(binary, at);
    const Vector left = vector(*binary.left, at);
    const Vector right = vector(*binary.right, at);
    if (is_set_operator(binary.op)) return of_sets(binary, left, right);
    return matched(binary, left, right);
  }

  Vector with_scalar(const Binary& binary, Timestamp at) {
    const bool scalar_left = binary.left->type == ValueType::scalar;
    const bool filters = is_comparison(binary.op) && !binary.return_bool;
    const double number = scalar(scalar_left ? *binary.left : *binary.right, at);
    Vector out;
    for (const auto& [labels, value] : vector(scalar_left ? *binary.right : *binary.left, at)) {
      const double result = scalar_left ? operated(binary.op, number, value) : operated(binary.op, value, number);
      if (!filters) put(out, without_name(labels), result);
      if (filters && result != 0) put(out, labels, value);
    }
    return out;
  }

  static LabelMap signature(const VectorMatching& matching, const LabelMap& labels) {
    return matching.on ? only(labels, matching.labels) : without_name(without(labels, matching.labels));
  }

  static Vector of_sets(const Binary& binary, const Vector& left, const Vector& right) {
    std::set<LabelMap> on_the_left;
    std::set<LabelMap> on_the_right;
    for (const auto& [labels, value] : left) on_the_left.insert(signature(binary.matching, labels));
    for (const auto& [labels, value] : right) on_the_right.insert(signature(binary.matching, labels));
    Vector out;
    for (const auto& [labels, value] : left) {
      const bool both = on_the_right.contains(signature(binary.matching, labels));
      if (binary.op == BinaryOp::set_or || both == (binary.op == BinaryOp::set_and)) put(out, labels, value);
    }
    if (binary.op != BinaryOp::set_or) return out;
    for (const auto& [labels, value] : right)
      if (!on_the_left.contains(signature(binary.matching, labels))) put(out, labels, value);
    return out;
  }

  static Vector matched(const Binary& binary, const Vector& left, const Vector& right) {
    if (left.empty() || right.empty()) return {};
    const VectorMatching& matching = binary.matching;
    const bool one_to_one = matching.cardinality == VectorMatching::Cardinality::one_to_one;
    const bool one_is_left = matching.cardinality == VectorMatching::Cardinality::one_to_many;
    std::map<LabelMap, const Row*> ones;
    for (const Row& one : one_is_left ? left : right)
      if (!ones.emplace(signature(matching, one.first), &one).second)
        throw std::runtime_error("found duplicate series for the match group");
    std::set<LabelMap> signatures;
    Vector outputs;
    std::set<LabelMap> kept;
    for (const Row& many : one_is_left ? right : left) {
      const auto found = ones.find(signature(matching, many.first));
      if (found == ones.end()) continue;
      if (one_to_one && !signatures.insert(found->first).second)
        throw std::runtime_error("multiple matches for labels: many-to-one matching must be explicit");
      const Row& one = *found->second;
      const double a = one_is_left ? one.second : many.second;
      const double b = one_is_left ? many.second : one.second;
      const double result = operated(binary.op, a, b);
      const bool filters = is_comparison(binary.op) && !binary.return_bool;
      LabelMap labels = filters ? many.first : without_name(many.first);
      if (one_to_one) labels = matching.on ? only(labels, matching.labels) : without(labels, matching.labels);
      for (const auto& name : matching.include) set_label(labels, name, label(one.first, name));
      put(outputs, labels, filters ? a : result);
      if (!filters || result != 0) kept.insert(labels);
    }
    std::erase_if(outputs, [&](const Row& row) { return !kept.contains(row.first); });
    return outputs;
  }

  const AllSamples& samples_;
  const Query& query_;
};

}  // namespace

std::expected<Vector, std::string> evaluate(const Expr& expr, const AllSamples& samples, const Query& query) {
  try {
    return Evaluator(samples, query).any(expr, query.at);
  } catch (const std::runtime_error& error) {
    return std::unexpected(error.what());
  }
}

}  // namespace a2od::promql::plain
