// Any text: it parses or not, and what parses prints to a text that parses to the same print, and evaluates.
#include "rules/promql/expression.hpp"
#include "rules/series/store.hpp"

#include <cstdlib>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  using namespace a2od;
  if (size > 4096) return 0;
  auto expression = promql::Expression::parse({reinterpret_cast<const char*>(data), size});
  if (!expression) return 0;
  const std::string printed = expression->canonical();
  const auto again = promql::Expression::parse(printed);
  if (!again || again->canonical() != printed) std::abort();

  Store store;
  for (int minute = 0; minute < 3; ++minute) {
    store.append({{"__name__", "a"}, {"b", "c"}}, Timestamp(std::chrono::minutes(minute)), minute);
    store.append({{"__name__", "a"}, {"b", "d"}}, Timestamp(std::chrono::minutes(minute)), 1);
  }
  const promql::EvaluationLimits limits{.max_samples = 10'000};
  (void)expression->evaluate(store.snapshot(), Timestamp(std::chrono::minutes(2)), limits);
  return 0;
}
