// Which of many sets of matchers match a label set: those of silences, and of inhibition rules.
#pragma once

#include "config/matcher.hpp"
#include "rules/series/labels.hpp"

#include <algorithm>
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace a2od {

/// Sets are filed under one label and value that they ask for: only those that ask for what a label set has are looked
/// at, and those that ask for no exact value.
template <class Id>
class MatcherIndex {
 public:
  /// The id must be new.
  void add(Id id, std::vector<Matcher> matchers) {
    auto& shelf = shelf_of(matchers);
    shelf.push_back({std::move(id), std::move(matchers)});
  }

  void remove(const Id& id, const std::vector<Matcher>& matchers) {
    auto& shelf = shelf_of(matchers);
    std::erase_if(shelf, [&](const Entry& entry) { return entry.id == id; });
    const auto* exact = exact_of(matchers);
    if (!shelf.empty() || exact == nullptr) return;
    const auto by_value = exact_.find(exact->name());
    by_value->second.erase(exact->value());
    if (by_value->second.empty()) exact_.erase(by_value);
  }

  /// Calls visit(id) for each set of which all match.
  template <class Visit>
  void visit_matching(const Labels& labels, Visit visit) const {
    const auto visit_shelf = [&](const Shelf& shelf) {
      for (const auto& entry : shelf)
        if (matches_all(entry.matchers, labels)) visit(entry.id);
    };
    visit_shelf(others_);
    for (const auto& [name, value] : labels.pairs()) {
      const auto by_value = exact_.find(name);
      if (by_value == exact_.end()) continue;
      const auto shelf = by_value->second.find(value);
      if (shelf != by_value->second.end()) visit_shelf(shelf->second);
    }
  }

 private:
  struct Entry {
    Id id;
    std::vector<Matcher> matchers;
  };
  using Shelf = std::vector<Entry>;

  struct TextHash : std::hash<std::string_view> {
    using is_transparent = void;
  };
  template <class Value>
  using ByText = std::unordered_map<std::string, Value, TextHash, std::equal_to<>>;

  /// nullptr where they ask for no exact value.
  static const Matcher* exact_of(const std::vector<Matcher>& matchers) {
    const auto exact = std::ranges::find_if(
        matchers, [](const Matcher& m) { return m.type() == MatchType::equal && !m.value().empty(); });
    return exact == matchers.end() ? nullptr : &*exact;
  }

  Shelf& shelf_of(const std::vector<Matcher>& matchers) {
    const auto* exact = exact_of(matchers);
    return exact == nullptr ? others_ : exact_[exact->name()][exact->value()];
  }

  ByText<ByText<Shelf>> exact_;
  Shelf others_;
};

}  // namespace a2od
