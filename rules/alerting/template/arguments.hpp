// How functions of templates read their arguments.
#pragma once

#include "rules/alerting/template/functions.hpp"
#include "rules/alerting/template/humanize.hpp"

#include <fmt/format.h>

#include <utility>

namespace a2od::templates {

using Arguments = std::span<const Value>;
using Known = const Environment&;

[[nodiscard]] inline Result<std::string_view> text_of(const Value& value) {
  if (const auto* text = value.as<std::string>()) return *text;
  return failure(fmt::format("expected a string, found {}", type_name(value)));
}

/// A function of one text.
template <std::string (*function)(std::string_view)>
Result<Value> on_text(Known, Arguments arguments) {
  const auto text = text_of(arguments[0]);
  if (!text) return std::unexpected(text.error());
  return Value{function(*text)};
}

template <auto function>
Result<Value> on_text_or_fault(Known, Arguments arguments) {
  const auto text = text_of(arguments[0]);
  if (!text) return std::unexpected(text.error());
  auto result = function(*text);
  if (!result) return std::unexpected(std::move(result.error()));
  return Value{std::move(*result)};
}

/// A function of one number.
template <std::string (*function)(double)>
Result<Value> on_number(Known, Arguments arguments) {
  const auto number = to_number(arguments[0]);
  if (!number) return std::unexpected(number.error());
  return Value{function(*number)};
}

template <auto function>
Result<Value> on_number_or_fault(Known, Arguments arguments) {
  const auto number = to_number(arguments[0]);
  if (!number) return std::unexpected(number.error());
  auto result = function(*number);
  if (!result) return std::unexpected(std::move(result.error()));
  return Value{std::move(*result)};
}

/// The element of a map or list.
[[nodiscard]] Result<Value> index_one(const Value& from, const Value& at);

}  // namespace a2od::templates
