#include "collectors/sample_list.hpp"

#include <chrono>

namespace a2od {
namespace {

constexpr std::size_t kLongestLabelValue = 256;

void cut(std::string& text) {
  if (text.size() <= kLongestLabelValue) return;
  auto end = kLongestLabelValue;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
  text.resize(end);
}

}  // namespace

void SampleList::add(const Metric& metric, double value, SampleLabels labels) {
  std::erase_if(labels, [](const auto& label) { return label.second.empty(); });
  for (auto& label : labels) cut(label.second);
  samples_.push_back({&metric, environment_id_, std::move(labels), value});
}

void SampleList::add(const Metric& metric, std::optional<double> value, SampleLabels labels) {
  if (value) add(metric, *value, std::move(labels));
}

void SampleList::add(const Metric& metric, std::optional<Timestamp> time, SampleLabels labels) {
  if (!time) return;
  add(metric, std::chrono::duration<double>(time->time_since_epoch()).count(), std::move(labels));
}

void SampleList::add_states(const Metric& metric, std::string_view label, std::span<const std::string_view> states,
                            std::string_view current, const SampleLabels& labels) {
  for (const auto state : states) {
    auto own = labels;
    own.emplace_back(label, state);
    add(metric, state == current ? 1.0 : 0.0, std::move(own));
  }
}

}  // namespace a2od
