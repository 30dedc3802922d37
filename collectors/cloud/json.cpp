#include "collectors/cloud/json.hpp"

#include <boost/json/parse_options.hpp>
#include <boost/json/parser.hpp>
#include <fmt/format.h>

#include <charconv>
#include <cmath>

namespace a2od::cloud {

namespace json = boost::json;

namespace {

/// Takes characters off the front of a text; after the first mismatch everything fails.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : rest_(text) {}

  bool skip(char wanted) {
    if (rest_.empty() || rest_.front() != wanted) return false;
    rest_.remove_prefix(1);
    return true;
  }

  /// Exactly `width` digits.
  int digits(std::size_t width) {
    int number = 0;
    if (rest_.size() < width) ok_ = false;
    for (std::size_t i = 0; ok_ && i < width; ++i) {
      if (rest_[i] < '0' || rest_[i] > '9') ok_ = false;
      number = number * 10 + (rest_[i] - '0');
    }
    if (ok_) rest_.remove_prefix(width);
    return number;
  }

  void expect(char wanted) { ok_ = skip(wanted) && ok_; }

  /// The digits after a decimal point, as whole milliseconds.
  Milliseconds fraction() {
    int milliseconds = 0;
    std::size_t count = 0;
    for (; !rest_.empty() && rest_.front() >= '0' && rest_.front() <= '9'; rest_.remove_prefix(1), ++count)
      if (count < 3) milliseconds = milliseconds * 10 + (rest_.front() - '0');
    ok_ = ok_ && count > 0 && count <= 9;
    for (; count < 3; ++count) milliseconds *= 10;
    return Milliseconds(milliseconds);
  }

  [[nodiscard]] bool ok() const { return ok_; }
  [[nodiscard]] bool at_end() const { return rest_.empty(); }

 private:
  std::string_view rest_;
  bool ok_ = true;
};

std::chrono::minutes scan_offset(Scanner& scan) {
  if (scan.at_end() || scan.skip('Z') || scan.skip('z')) return {};
  const bool west = scan.skip('-');
  if (!west) scan.expect('+');
  const std::chrono::hours hours(scan.digits(2));
  scan.skip(':');
  const std::chrono::minutes offset = hours + std::chrono::minutes(scan.digits(2));
  return west ? -offset : offset;
}

Milliseconds scan_time_of_day(Scanner& scan, bool& valid) {
  const int hour = scan.digits(2);
  scan.expect(':');
  const int minute = scan.digits(2);
  int second = 0;
  if (scan.skip(':')) second = scan.digits(2);
  valid = hour < 24 && minute < 60 && second <= 60;
  Milliseconds time = std::chrono::hours(hour) + std::chrono::minutes(minute) + std::chrono::seconds(second);
  if (scan.skip('.')) time += scan.fraction();
  return time;
}

constexpr int kFirstRealYear = 1901;

}  // namespace

Result<json::value> parse_json(std::string_view text) {
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  json::parse_options options;
  options.max_depth = kMaxJsonDepth;
  json::parser parser({}, options);
  json::error_code error;
  const std::size_t read = parser.write(text.data(), text.size(), error);
  if (error) return failure(fmt::format("not valid JSON at byte {}: {}", read, error.message()));
  return parser.release();
}

const json::value* find(const json::value& from, std::initializer_list<std::string_view> keys) {
  const json::value* here = &from;
  for (const std::string_view key : keys) {
    const json::object* object = here->if_object();
    here = object != nullptr ? object->if_contains(key) : nullptr;
    if (here == nullptr) return nullptr;
  }
  return here->is_null() ? nullptr : here;
}

std::optional<std::string_view> as_string(const json::value* value) {
  if (value == nullptr || !value->is_string()) return std::nullopt;
  return std::string_view(value->get_string());
}

std::optional<bool> as_bool(const json::value* value) {
  if (value == nullptr || !value->is_bool()) return std::nullopt;
  return value->get_bool();
}

const json::object* as_object(const json::value* value) { return value != nullptr ? value->if_object() : nullptr; }

const json::array* as_array(const json::value* value) { return value != nullptr ? value->if_array() : nullptr; }

std::optional<double> as_number(const json::value* value) {
  if (value == nullptr) return std::nullopt;
  if (const auto* whole = value->if_int64()) return static_cast<double>(*whole);
  if (const auto* large = value->if_uint64()) return static_cast<double>(*large);
  if (const auto* number = value->if_double()) return std::isfinite(*number) ? std::optional(*number) : std::nullopt;
  const json::string* text = value->if_string();
  if (text == nullptr) return std::nullopt;
  double number = 0;
  const char* end = text->data() + text->size();
  const auto [stop, error] = std::from_chars(text->data(), end, number);
  if (error != std::errc() || stop != end || !std::isfinite(number)) return std::nullopt;
  return number;
}

std::optional<Timestamp> as_time(const json::value* value) {
  const auto text = as_string(value);
  return text ? parse_time(*text) : std::nullopt;
}

std::optional<Timestamp> parse_time(std::string_view text) {
  Scanner scan(text);
  const std::chrono::year year(scan.digits(4));
  scan.expect('-');
  const std::chrono::month month(static_cast<unsigned>(scan.digits(2)));
  scan.expect('-');
  const std::chrono::day day(static_cast<unsigned>(scan.digits(2)));
  const std::chrono::year_month_day date(year, month, day);
  if (!scan.ok() || !date.ok() || static_cast<int>(year) < kFirstRealYear) return std::nullopt;
  const Timestamp midnight = std::chrono::sys_days(date);
  if (scan.at_end()) return midnight;
  if (!scan.skip('T') && !scan.skip('t')) scan.expect(' ');
  bool valid = false;
  const Milliseconds time = scan_time_of_day(scan, valid);
  const std::chrono::minutes offset = scan_offset(scan);
  if (!scan.ok() || !scan.at_end() || !valid) return std::nullopt;
  return midnight + time - offset;
}

}  // namespace a2od::cloud
