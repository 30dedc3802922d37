// Any text as a rule file: it is read or refused with positions, and what is read can be linted and evaluated.
#include "rules/alerting/group.hpp"
#include "rules/alerting/lint.hpp"

#include <cstdint>
#include <cstdlib>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace a2od;
  if (size > 8192) return 0;
  const auto groups = parse_rule_file("fuzz.yml", {reinterpret_cast<const char*>(data), size});
  if (!groups) {
    if (groups.error().empty()) std::abort();
    return 0;
  }
  (void)lint_rules(*groups, {});
  Store store;
  for (const auto& definition : *groups) {
    GroupOptions options;
    options.limits.max_samples = 10'000;
    Group group(definition, options);
    (void)group.reads(Timestamp(std::chrono::hours(1)));
    for (int minute = 0; minute < 3; ++minute) {
      const Timestamp at(std::chrono::hours(1) + std::chrono::minutes(minute));
      store.append({{"__name__", "up"}, {"job", "a"}}, at, minute % 2);
      (void)group.evaluate(store, at);
    }
    Group again(definition, options);
    again.restore(group.save());
    (void)again.evaluate(store, Timestamp(std::chrono::hours(2)));
  }
  return 0;
}
