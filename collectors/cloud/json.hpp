// Reading JSON that others wrote: bounded parsing, and accessors that never throw whatever type they meet.
#pragma once

#include "config/result.hpp"
#include "config/time.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <concepts>
#include <initializer_list>
#include <optional>
#include <string_view>

namespace a2od::cloud {

/// Deeper documents are refused.
inline constexpr std::size_t kMaxJsonDepth = 32;

/// One document, after a byte order mark if there is one. The error says what is wrong and at which byte.
[[nodiscard]] Result<boost::json::value> parse_json(std::string_view text);

/// The value behind `keys`, outermost first; nullptr where a step is missing or is not an object. JSON null counts as
/// missing. Keys may hold dots: each is compared as a whole.
[[nodiscard]] const boost::json::value* find(const boost::json::value& from,
                                             std::initializer_list<std::string_view> keys);

/// What a value is, empty or nullptr where there is none or it is of another type.
[[nodiscard]] std::optional<std::string_view> as_string(const boost::json::value* value);
[[nodiscard]] std::optional<bool> as_bool(const boost::json::value* value);
[[nodiscard]] const boost::json::object* as_object(const boost::json::value* value);
[[nodiscard]] const boost::json::array* as_array(const boost::json::value* value);
/// A finite number, also one that the service wrote as a string ("3599").
[[nodiscard]] std::optional<double> as_number(const boost::json::value* value);
[[nodiscard]] std::optional<Timestamp> as_time(const boost::json::value* value);

/// get_string(environment, "properties", "displayName"): find() and the conversion in one.
template <std::convertible_to<std::string_view>... Keys>
[[nodiscard]] std::optional<std::string_view> get_string(const boost::json::value& from, const Keys&... keys) {
  return as_string(find(from, {keys...}));
}
template <std::convertible_to<std::string_view>... Keys>
[[nodiscard]] std::optional<bool> get_bool(const boost::json::value& from, const Keys&... keys) {
  return as_bool(find(from, {keys...}));
}
template <std::convertible_to<std::string_view>... Keys>
[[nodiscard]] const boost::json::object* get_object(const boost::json::value& from, const Keys&... keys) {
  return as_object(find(from, {keys...}));
}
template <std::convertible_to<std::string_view>... Keys>
[[nodiscard]] const boost::json::array* get_array(const boost::json::value& from, const Keys&... keys) {
  return as_array(find(from, {keys...}));
}
template <std::convertible_to<std::string_view>... Keys>
[[nodiscard]] std::optional<double> get_number(const boost::json::value& from, const Keys&... keys) {
  return as_number(find(from, {keys...}));
}
template <std::convertible_to<std::string_view>... Keys>
[[nodiscard]] std::optional<Timestamp> get_time(const boost::json::value& from, const Keys&... keys) {
  return as_time(find(from, {keys...}));
}

/// The times that Microsoft's APIs write: "2026-05-06T07:08:09", a blank in place of the T, a fraction of up to nine
/// digits, then Z, an offset such as +00:00, or nothing, which means UTC. A date alone is its midnight. Years before
/// 1901 stand for "never" (0001-01-01, 1900-01-01) and are empty like anything that is not a time.
[[nodiscard]] std::optional<Timestamp> parse_time(std::string_view text);

}  // namespace a2od::cloud
