// The templates that notifications are written with: Alertmanager's by name, those of the operator's files over them.
#pragma once

#include "config/problem.hpp"
#include "config/result.hpp"
#include "config/time.hpp"
#include "rules/alerting/template/syntax.hpp"
#include "rules/alerting/template/value.hpp"

#include <expected>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace a2od {

/// Immutable, cheap to copy, and safe to use from several threads.
class NotificationTemplates {
 public:
  /// The defaults alone.
  NotificationTemplates();

  /// The defaults and the definitions of the files: of two of one name the later counts, unless it is blank. Every
  /// fault of every file is reported.
  [[nodiscard]] static std::expected<NotificationTemplates, Problems> load(std::span<const std::string> files);

  /// Whether a text is a template that can be expanded: its syntax, its functions, and that the templates exist that it
  /// executes. The error begins with line and column.
  [[nodiscard]] Result<void> check(std::string_view text) const;

  /// The data is notification_data()'s. Fails for what check() refuses and where an action fails; for more than 1 MiB
  /// of output, 2 million steps, or templates (or labels of the route) that execute each other more than 20 deep.
  [[nodiscard]] Result<std::string> expand(std::string_view text, const templates::Value& data, Timestamp now) const;

  /// The same, with HTML escaping of whatever actions print that safeHtml did not declare safe. The place in the page
  /// is not looked at: in an attribute quotes must stand around the action, and the scheme of a link is not checked.
  [[nodiscard]] Result<std::string> expand_html(std::string_view text, const templates::Value& data,
                                                Timestamp now) const;

 private:
  std::shared_ptr<const templates::Definitions> definitions_;
};

}  // namespace a2od
