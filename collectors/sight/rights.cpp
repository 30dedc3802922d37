#include "collectors/sight/rights.hpp"

#include <algorithm>
#include <utility>

namespace a2od {

Rights::State Rights::after(State state, const Part& part) {
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

bool Rights::observe(const PartKey& key, const Part& part) {
  auto& states = states_[{key.collector, key.tenant, key.environment_id}];
  auto known = std::ranges::find(states, key.part, &State::part);
  if (known == states.end()) known = states.insert(known, State{.part = key.part});
  auto next = after(*known, part);
  const bool changed = next != *known;
  *known = std::move(next);
  return changed;
}

bool Rights::lost(const PartKey& key) const {
  const auto target = states_.find({key.collector, key.tenant, key.environment_id});
  if (target == states_.end()) return false;
  const auto state = std::ranges::find(target->second, key.part, &State::part);
  return state != target->second.end() && state->was_ok && state->denied;
}

std::vector<RightState> Rights::all_lost() const {
  auto lost = save();
  std::erase_if(lost, [](const RightState& state) { return !state.lost(); });
  return lost;
}

void Rights::forget(std::string_view tenant, std::string_view environment_id) {
  std::erase_if(states_, [&](const auto& entry) {
    return entry.first.tenant == tenant && entry.first.environment_id == environment_id;
  });
}

std::vector<RightState> Rights::save() const {
  std::vector<RightState> saved;
  for (const auto& [target, states] : states_)
    for (const auto& state : states)
      saved.push_back({.key = {target.collector, target.tenant, target.environment_id, state.part},
                       .was_ok = state.was_ok,
                       .denied = state.denied,
                       .missing_right = state.missing_right});
  return saved;
}

void Rights::restore(std::vector<RightState> saved) {
  states_.clear();
  for (auto& state : saved)
    states_[{state.key.collector, state.key.tenant, state.key.environment_id}].push_back(
        {.part = std::move(state.key.part),
         .was_ok = state.was_ok,
         .denied = state.denied,
         .missing_right = std::move(state.missing_right)});
}

}  // namespace a2od
