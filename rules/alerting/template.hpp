// Labels and annotations of rules: Go's text/template as Prometheus' alert templates use it. Parsed once, at load.
#pragma once

#include "rules/alerting/template/execute.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace a2od {

/// What a template can say of an alert: $labels, $value, $externalLabels, $externalURL and the fields of the same
/// names.
struct TemplateData {
  templates::Value labels;
  templates::Value external_labels;
  double value = 0;
};

/// Immutable and cheap to copy.
class Template {
 public:
  [[nodiscard]] static std::expected<Template, templates::SyntaxError> parse(std::string_view text);

  /// A template that fails yields Prometheus' words for it instead: <error expanding template: …>.
  [[nodiscard]] std::string expand(const TemplateData& data, const templates::Environment& environment) const;

  /// Whether it is plain text, so that expand() yields the same always.
  [[nodiscard]] bool is_text() const;
  /// Whether its text depends on more than its data: it asks queries, or for the time.
  [[nodiscard]] bool looks_around() const { return looks_around_; }

 private:
  std::shared_ptr<const templates::Tree> tree_;
  bool looks_around_ = false;
};

}  // namespace a2od
