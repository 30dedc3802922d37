#include "daemon/engine/memory_windows.hpp"

#include <algorithm>

namespace a2od {

using promql::SeriesWindow;

void MemoryWindows::add(std::span<const SeriesWindow> reads, Timestamp now, Milliseconds spare) {
  for (const auto& window : reads) {
    const Milliseconds back = now - window.after + spare;
    if (back <= shortest_) continue;
    const auto name = std::ranges::find_if(window.matchers, [](const Matcher& matcher) {
      return matcher.name() == kMetricName && matcher.type() == MatchType::equal;
    });
    auto& wanted = name == window.matchers.end() ? of_any_metric_ : by_metric_[name->value()];
    wanted.push_back({window.matchers, back});
  }
}

Milliseconds MemoryWindows::of(const Labels& series) const {
  Milliseconds longest = shortest_;
  const auto ask = [&](const std::vector<Wanted>& all) {
    for (const Wanted& wanted : all)
      if (wanted.back > longest && matches_all(wanted.matchers, series)) longest = wanted.back;
  };
  if (const auto named = by_metric_.find(series.get(kMetricName)); named != by_metric_.end()) ask(named->second);
  ask(of_any_metric_);
  return longest;
}

std::vector<SeriesWindow> MemoryWindows::at(Timestamp now) const {
  std::vector<SeriesWindow> all{{{}, now - shortest_, now}};
  const auto add = [&](const std::vector<Wanted>& some) {
    for (const Wanted& wanted : some) all.push_back({wanted.matchers, now - wanted.back, now});
  };
  for (const auto& [metric, wanted] : by_metric_) add(wanted);
  add(of_any_metric_);
  return all;
}

std::vector<SeriesWindow> MemoryWindows::beyond(const MemoryWindows& others, Timestamp now) const {
  auto mine = at(now);
  const auto theirs = others.at(now);
  std::erase_if(mine, [&](const SeriesWindow& window) {
    return std::ranges::any_of(theirs, [&](const SeriesWindow& other) {
      return other.matchers == window.matchers && other.after <= window.after;
    });
  });
  return mine;
}

}  // namespace a2od
