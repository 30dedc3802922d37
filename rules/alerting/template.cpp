#include "rules/alerting/template.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace a2od {
namespace {

constexpr std::array<std::string_view, 4> kVariables = {"labels", "value", "externalLabels", "externalURL"};

}  // namespace

std::expected<Template, templates::SyntaxError> Template::parse(std::string_view text) {
  auto tree = templates::parse(text, {.functions = templates::prometheus_functions(), .variables = kVariables});
  if (!tree) return std::unexpected(std::move(tree.error()));
  Template parsed;
  parsed.looks_around_ = templates::calls(*tree, "query") || templates::calls(*tree, "now");
  parsed.tree_ = std::make_shared<const templates::Tree>(std::move(*tree));
  return parsed;
}

std::string Template::expand(const TemplateData& data, const templates::Environment& environment) const {
  using templates::Value;
  const Value url{environment.external_url};
  const Value dot = Value::record({{"Labels", data.labels},
                                   {"Value", {data.value}},
                                   {"ExternalLabels", data.external_labels},
                                   {"ExternalURL", url}});
  templates::Variables variables = {
      {"labels", data.labels}, {"value", {data.value}}, {"externalLabels", data.external_labels}, {"externalURL", url}};
  auto text = templates::execute(*tree_, dot, std::move(variables), environment);
  if (text) return std::move(*text);
  return fmt::format("<error expanding template: {}>", text.error().message);
}

bool Template::is_text() const {
  return std::ranges::all_of(
      tree_->main, [](const templates::Element& element) { return element.kind == templates::Element::Kind::text; });
}

}  // namespace a2od
