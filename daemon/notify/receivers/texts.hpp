// The texts of one message, computed from their templates.
#pragma once

#include "config/result.hpp"
#include "config/time.hpp"
#include "daemon/notify/templates/notification_templates.hpp"

#include <boost/json/value.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace a2od {

/// One per message. Where a template fails that people read, its failure stands in its place: the rest still matters.
class Texts {
 public:
  /// `body` is a stored one: Alertmanager's webhook version 4. It outlives the texts.
  Texts(const NotificationTemplates& templates, const boost::json::value& body, Timestamp now);

  /// Instead of computing anything, looks whether each text that is asked for is a template.
  [[nodiscard]] static Texts checking(const NotificationTemplates& templates);

  [[nodiscard]] std::string text(std::string_view setting, std::string_view from);
  [[nodiscard]] std::string html(std::string_view setting, std::string_view from);
  /// What must be right, such as a key or a channel: where it fails, so does the message.
  [[nodiscard]] std::string exact(std::string_view setting, std::string_view from);

  [[nodiscard]] const boost::json::value& body() const { return *body_; }
  [[nodiscard]] bool resolved() const;
  [[nodiscard]] const templates::Value& data() const { return data_; }

  /// While it lives, `.Alert` is this one of the body's alerts.
  class OneAlert {
   public:
    OneAlert(Texts& texts, std::size_t index);
    ~OneAlert() { texts_.data_ = whole_; }
    OneAlert(const OneAlert&) = delete;
    OneAlert& operator=(const OneAlert&) = delete;

   private:
    Texts& texts_;
    templates::Value whole_;
  };

  /// What failed, each with its setting: "title: 1:5: …".
  [[nodiscard]] const std::vector<std::string>& failures() const { return failures_; }
  /// The first failure of exact().
  [[nodiscard]] const std::optional<Error>& error() const { return error_; }

 private:
  std::string expand(std::string_view setting, std::string_view from, bool as_html);
  void fail(std::string_view setting, const Error& error);

  NotificationTemplates templates_;
  const boost::json::value* body_;
  templates::Value data_;
  Timestamp now_;
  bool checking_ = false;
  std::vector<std::string> failures_;
  std::optional<Error> error_;
};

}  // namespace a2od
