#include "rules/promql/scalar_nodes.hpp"

#include <limits>

namespace a2od::promql {

double Constant::evaluate(Context& /*context*/, Timestamp /*at*/) { return value_; }

double EvaluationTime::evaluate(Context& /*context*/, Timestamp at) {
  return static_cast<double>(at.time_since_epoch().count()) / 1000;
}

double QueryValue::evaluate(Context& context, Timestamp /*at*/) {
  const auto seconds = [](Milliseconds duration) { return static_cast<double>(duration.count()) / 1000; };
  if (name_ == "start") return seconds(context.start.time_since_epoch());
  if (name_ == "end") return seconds(context.end.time_since_epoch());
  return seconds(name_ == "step" ? context.step : context.end - context.start);
}

double OnlySample::evaluate(Context& context, Timestamp at) {
  vector_->evaluate(context, at);
  const Frame& frame = vector_->frame();
  double value = std::numeric_limits<double>::quiet_NaN();
  std::size_t found = 0;
  for (std::size_t row = 0; row < frame.present.size(); ++row) {
    if (frame.present[row] == 0) continue;
    value = frame.values[row];
    ++found;
  }
  return found == 1 ? value : std::numeric_limits<double>::quiet_NaN();
}

void OnlySample::trace(Context& context, Timestamp at, Provenance& out) { vector_->trace_all(context, at, out); }

ScalarOperation::ScalarOperation(BinaryFunction function, ScalarPtr left, ScalarPtr right)
    : function_(function), left_(std::move(left)), right_(std::move(right)) {}

double ScalarOperation::evaluate(Context& context, Timestamp at) {
  const double left = left_->evaluate(context, at);
  return function_(left, right_->evaluate(context, at));
}

void ScalarOperation::trace(Context& context, Timestamp at, Provenance& out) {
  left_->trace(context, at, out);
  right_->trace(context, at, out);
}

}  // namespace a2od::promql
