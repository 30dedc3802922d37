// Prometheus' relabelling: steps that rewrite the labels of a target or a series, or drop it.
#pragma once

#include "collectors/exposition/parser.hpp"
#include "config/regex_template.hpp"
#include "config/result.hpp"
#include "config/scrape_config.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace a2od {

/// The value of a label, empty where it is not there.
[[nodiscard]] std::string_view label_value(const ExposedLabels& labels, std::string_view name);
/// An empty value removes the label.
void set_label(ExposedLabels& labels, std::string_view name, std::string value);

/// Immutable; safe to use from several threads. Upper and lower case are those of ASCII.
class Relabeling {
 public:
  Relabeling() = default;
  [[nodiscard]] static Result<Relabeling> make(const std::vector<RelabelConfig>& steps);

  /// False: it is dropped.
  [[nodiscard]] bool apply(ExposedLabels& labels) const;

 private:
  struct Step {
    RelabelConfig config;
    RegexTemplate regex;  ///< with the texts of target and replacement
  };
  static bool apply(const Step& step, ExposedLabels& labels);

  std::vector<Step> steps_;
};

}  // namespace a2od
