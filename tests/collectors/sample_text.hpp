// Samples as lines of text, so that a test states and prints them as an operator would read them.
#pragma once

#include "collectors/sample.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace a2od {

/// d365_environment_info{environment="e1",type="Sandbox"} 1
[[nodiscard]] inline std::string text_of(const Sample& sample) {
  std::string labels = sample.environment_id.empty() ? "" : fmt::format("environment=\"{}\"", sample.environment_id);
  for (const auto& [name, value] : sample.labels)
    labels += fmt::format("{}{}=\"{}\"", labels.empty() ? "" : ",", name, value);
  return fmt::format("{}{{{}}} {}", sample.metric->name, labels, sample.value);
}

/// The lines of those whose metric is `name`; of all where it is empty.
[[nodiscard]] inline std::vector<std::string> texts_of(std::span<const Sample> samples, std::string_view name = {}) {
  std::vector<std::string> texts;
  for (const auto& sample : samples)
    if (name.empty() || sample.metric->name == name) texts.push_back(text_of(sample));
  return texts;
}

/// The state that is 1 of a state set; "none" where all are 0, "absent" where there are none.
[[nodiscard]] inline std::string current_state(std::span<const Sample> samples, std::string_view metric) {
  std::string state = "absent";
  for (const auto& sample : samples) {
    if (sample.metric->name != metric) continue;
    if (sample.value == 1) return sample.labels.back().second;
    state = "none";
  }
  return state;
}

}  // namespace a2od
