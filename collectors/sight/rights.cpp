#include "collectors/sight/rights.hpp"

#include <utility>

namespace a2od {
namespace {

RightState after(RightState state, const Part& part) {
  if (part.outcome == Outcome::ok) state.was_ok = true;
  if (part.outcome == Outcome::ok || part.outcome == Outcome::absent) {
    state.denied = false;
    state.missing_right.clear();
  }
  if (part.outcome == Outcome::denied && !part.missing_right.empty()) {
    state.denied = true;
    state.missing_right = part.missing_right;
  }
  return state;
}

}  // namespace

bool Rights::observe(const PartKey& key, const Part& part) {
  const auto [entry, is_new] = states_.try_emplace(key, RightState{key, false, false, {}});
  auto next = after(entry->second, part);
  const bool changed = next != entry->second;
  entry->second = std::move(next);
  return changed;
}

bool Rights::lost(const PartKey& key) const {
  const auto found = states_.find(key);
  return found != states_.end() && found->second.lost();
}

std::vector<RightState> Rights::all_lost() const {
  std::vector<RightState> lost;
  for (const auto& [key, state] : states_)
    if (state.lost()) lost.push_back(state);
  return lost;
}

void Rights::forget(std::string_view tenant, std::string_view environment_id) {
  std::erase_if(states_, [&](const auto& entry) {
    return entry.first.tenant == tenant && entry.first.environment_id == environment_id;
  });
}

std::vector<RightState> Rights::save() const {
  std::vector<RightState> states;
  states.reserve(states_.size());
  for (const auto& [key, state] : states_) states.push_back(state);
  return states;
}

void Rights::restore(std::vector<RightState> states) {
  states_.clear();
  for (auto& state : states) {
    auto key = state.key;
    states_.insert_or_assign(std::move(key), std::move(state));
  }
}

}  // namespace a2od
