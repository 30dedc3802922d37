#include "daemon/notify/receivers/texts.hpp"

#include "collectors/cloud/json.hpp"
#include "daemon/notify/templates/data.hpp"

#include <fmt/format.h>

namespace a2od {
namespace {

namespace json = boost::json;

const json::value& nothing() {
  static const json::value kNothing = json::object();
  return kNothing;
}

}  // namespace

Texts::Texts(const NotificationTemplates& templates, const json::value& body, Timestamp now)
    : templates_(templates), body_(&body), data_(notification_data(body)), now_(now) {}

Texts Texts::checking(const NotificationTemplates& templates) {
  Texts texts(templates, nothing(), {});
  texts.checking_ = true;
  return texts;
}

bool Texts::resolved() const { return cloud::get_string(*body_, "status") == "resolved"; }

std::string Texts::text(std::string_view setting, std::string_view from) { return expand(setting, from, false); }
std::string Texts::html(std::string_view setting, std::string_view from) { return expand(setting, from, true); }

std::string Texts::exact(std::string_view setting, std::string_view from) {
  const auto failed_before = failures_.size();
  auto out = expand(setting, from, false);
  if (failures_.size() == failed_before) return out;
  if (!error_) error_ = Error{failures_.back()};
  return {};
}

std::string Texts::expand(std::string_view setting, std::string_view from, bool as_html) {
  if (checking_) {
    if (auto checked = templates_.check(from); !checked) fail(setting, checked.error());
    return {};
  }
  if (!from.contains("{{")) return std::string(from);
  auto out = as_html ? templates_.expand_html(from, data_, now_) : templates_.expand(from, data_, now_);
  if (out) return std::move(*out);
  fail(setting, out.error());
  return fmt::format("<the template of {} failed: {}>", setting, out.error().message);
}

void Texts::fail(std::string_view setting, const Error& error) {
  failures_.push_back(fmt::format("{}: {}", setting, error.message));
}

Texts::OneAlert::OneAlert(Texts& texts, std::size_t index) : texts_(texts), whole_(texts.data_) {
  auto fields = *whole_.as_record();
  const auto* alerts = fields.at("Alerts").as_list();
  if (alerts != nullptr && index < alerts->size()) fields["Alert"] = (*alerts)[index];
  texts_.data_ = templates::Value::record(std::move(fields), whole_.type);
}

}  // namespace a2od
