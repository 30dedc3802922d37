#include "collectors/scrape/relabel.hpp"

#include "config/text.hpp"
#include "config/utf8.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

namespace a2od {
namespace {

using Action = RelabelConfig::Action;
using Pair = ExposedLabels::value_type;

/// As Prometheus has it: the last eight bytes of MD5.
std::uint64_t hash_of(std::string_view text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned length = 0;
  EVP_Digest(text.data(), text.size(), digest.data(), &length, EVP_md5(), nullptr);
  std::uint64_t hash = 0;
  for (std::size_t i = 8; i < 16; ++i) hash = hash << 8U | digest[i];
  return hash;
}

std::string joined_values(const RelabelConfig& config, const ExposedLabels& labels) {
  std::string text;
  for (std::size_t i = 0; i < config.source_labels.size(); ++i) {
    if (i > 0) text += config.separator;
    text += label_value(labels, config.source_labels[i]);
  }
  return text;
}

std::string upper_case(std::string_view text) {
  std::string upper(text);
  std::ranges::transform(upper, upper.begin(),
                         [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; });
  return upper;
}

void map_names(const RegexTemplate& regex, ExposedLabels& labels) {
  ExposedLabels before = labels;
  std::ranges::sort(before);  // where several come out alike, the last one stays
  for (const auto& [name, value] : before)
    if (const auto texts = regex.expand(name)) set_label(labels, texts->back(), value);
}

}  // namespace

std::string_view label_value(const ExposedLabels& labels, std::string_view name) {
  const auto found = std::ranges::find(labels, name, &Pair::first);
  return found == labels.end() ? std::string_view() : std::string_view(found->second);
}

void set_label(ExposedLabels& labels, std::string_view name, std::string value) {
  const auto found = std::ranges::find(labels, name, &Pair::first);
  if (value.empty()) {
    if (found != labels.end()) labels.erase(found);
  } else if (found != labels.end()) {
    found->second = std::move(value);
  } else {
    labels.emplace_back(name, std::move(value));
  }
}

Result<Relabeling> Relabeling::make(const std::vector<RelabelConfig>& steps) {
  Relabeling made;
  for (const auto& step : steps) {
    auto regex = RegexTemplate::make(step.regex, {step.target_label, step.replacement});
    if (!regex) return failure("regex: " + regex.error().message);
    made.steps_.push_back({step, std::move(*regex)});
  }
  return made;
}

bool Relabeling::apply(ExposedLabels& labels) const {
  return std::ranges::all_of(steps_, [&](const Step& step) { return apply(step, labels); });
}

bool Relabeling::apply(const Step& step, ExposedLabels& labels) {
  const auto& [config, regex] = step;
  const auto matches = [&regex](const Pair& label) { return regex.matches(label.first); };
  const auto text = joined_values(config, labels);
  switch (config.action) {
    case Action::drop:
      return !regex.matches(text);
    case Action::keep:
      return regex.matches(text);
    case Action::drop_equal:
      return label_value(labels, config.target_label) != text;
    case Action::keep_equal:
      return label_value(labels, config.target_label) == text;
    case Action::replace: {
      auto texts = regex.expand(text);
      if (texts && !texts->front().empty() && is_valid_utf8(texts->front()))
        set_label(labels, texts->front(), std::move(texts->back()));
      return true;
    }
    case Action::lower_case:
      set_label(labels, config.target_label, a2od::lower_case(text));
      return true;
    case Action::upper_case:
      set_label(labels, config.target_label, upper_case(text));
      return true;
    case Action::hash_mod:
      set_label(labels, config.target_label, std::to_string(hash_of(text) % config.modulus));
      return true;
    case Action::label_map:
      map_names(regex, labels);
      return true;
    case Action::label_drop:
      std::erase_if(labels, matches);
      return true;
    case Action::label_keep:
      std::erase_if(labels, std::not_fn(matches));
      return true;
  }
  return true;
}

}  // namespace a2od
