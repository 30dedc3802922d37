#include "tests/rules/promql/plain_evaluator.hpp"

#include "rules/promql/printer.hpp"
#include "rules/series/labels.hpp"
#include "rules/series/series.hpp"
#include "tests/rules/promql/plain_functions.hpp"

#include <algorithm>
#include <cmath>
#include <regex>
#include <set>
#include <stdexcept>

namespace a2od::promql::plain {
namespace {

const std::string kName(kMetricName);

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
    if (name == "label_join") return label_joined(call, at);
    if (name == "histogram_quantile") return histogram_quantile(call, at);
    if (name == "info") return with_info(call, at);
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

  Vector label_joined(const Call& call, Timestamp at) {
    Vector out;
    for (auto [labels, value] : vector(*call.arguments[0], at)) {
      std::string joined;
      for (std::size_t i = 3; i < call.arguments.size(); ++i)
        joined += (i > 3 ? text(call, 2) : std::string()) + label(labels, text(call, i));
      auto changed = labels;
      set_label(changed, text(call, 1), joined);
      put(out, changed, value);
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

  /// Labels of info series for the series of the same target. The argument is a selector, maybe within one call or
  /// aggregation.
  Vector with_info(const Call& call, Timestamp at) {
    std::vector<Matcher> wanted;
    if (call.arguments.size() > 1) wanted = std::get<VectorSelector>(unwrapped(*call.arguments[1]).node).matchers;
    VectorSelector selector{.matchers = {Matcher::equal(kName, "target_info")}};
    selector.matchers.insert(selector.matchers.end(), wanted.begin(), wanted.end());

    std::map<LabelMap, std::pair<LabelMap, double>> infos;
    for (const auto& row : select(selector, shifted(selected_by(*call.arguments[0]).shift, at), true)) {
      const auto target = only(row.first, {"job", "instance"});
      if (target.empty()) continue;
      const auto [known, is_new] = infos.emplace(target, row);
      if (is_new) continue;
      if (known->second.second == row.second) throw std::runtime_error("found duplicate series for info metric");
      if (known->second.second < row.second) known->second = row;
    }

    const auto takes = [&](const std::string& name) {
      return name != kName && (wanted.empty() || std::ranges::find(wanted, name, &Matcher::name) != wanted.end());
    };
    const bool may_lack = std::ranges::all_of(wanted, [](const Matcher& matcher) { return matcher.matches(""); });
    Vector out;
    for (const auto& [labels, value] : vector(*call.arguments[0], at)) {
      if (label(labels, kName) == "target_info") {
        put(out, labels, value);
        continue;
      }
      const auto info = infos.find(only(labels, {"job", "instance"}));
      if (info == infos.end() && !may_lack) continue;
      LabelMap all = labels;
      if (info != infos.end())
        for (const auto& [name, added] : info->second.first)
          if (takes(name) && label(labels, name).empty()) all[name] = added;
      put(out, all, value);
    }
    return out;
  }

  static const VectorSelector& selected_by(const Expr& outer) {
    const Expr& expr = unwrapped(outer);
    if (const auto* aggregate = std::get_if<Aggregate>(&expr.node)) return selected_by(*aggregate->inner);
    if (const auto* call = std::get_if<Call>(&expr.node)) return selected_by(*call->arguments.at(0));
    if (const auto* matrix = std::get_if<MatrixSelector>(&expr.node)) return matrix->selector;
    return std::get<VectorSelector>(expr.node);
  }

  // Aggregations.

  static LabelMap group_of(const Aggregate& aggregate, const LabelMap& labels) {
    return aggregate.without ? without_name(without(labels, aggregate.labels)) : only(labels, aggregate.labels);
  }

  Vector aggregated(const Aggregate& aggregate, Timestamp at) {
    const Vector input = vector(*aggregate.inner, at);
    if (aggregate.op == AggregateOp::count_values) return counted_values(aggregate, input);
    const double parameter = aggregate.parameter ? scalar(*aggregate.parameter, at) : 0;
    if (aggregate.op == AggregateOp::limit_ratio) return sampled(input, parameter);
    if (aggregate.op == AggregateOp::topk || aggregate.op == AggregateOp::bottomk ||
        aggregate.op == AggregateOp::limitk)
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

  /// Which ones is up to the engine, but they are the same each time, and a ratio and what lacks to 1 share all.
  static Vector sampled(const Vector& input, double ratio) {
    if (std::isnan(ratio)) throw std::runtime_error("Ratio value is NaN");
    Vector out;
    for (const auto& [labels, value] : input) {
      const auto hash = Labels::from({labels.begin(), labels.end()}).hash() * 0x9e3779b97f4a7c15;
      const double place = std::ldexp(static_cast<double>(hash >> 11), -53);
      if (ratio >= 0 ? place < ratio : place >= 1 + ratio) put(out, labels, value);
    }
    return out;
  }

  /// NaN is the last of all; of equal values the one with the lesser labels comes first. limitk goes by labels alone.
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
        if (same || aggregate.op == AggregateOp::limitk) return a->first < b->first;
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
