#include "daemon/notify/templates/functions.hpp"

#include "collectors/cloud/assertion.hpp"
#include "config/utf8.hpp"
#include "daemon/notify/templates/to_json.hpp"
#include "rules/alerting/template/arguments.hpp"
#include "rules/alerting/template/go_time.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <utility>

namespace a2od {
namespace {

using namespace templates;

bool is_space(char32_t point) {
  constexpr char32_t kNextLine = 0x85;
  constexpr char32_t kNoBreak = 0xA0;
  constexpr char32_t kIdeographic = 0x3000;
  return (point >= '\t' && point <= '\r') || point == ' ' || point == kNextLine || point == kNoBreak ||
         (point >= 0x2000 && point <= 0x200A) || point == 0x2028 || point == 0x2029 || point == kIdeographic;
}

std::string trim_space(std::string_view text) {
  std::size_t begin = text.size();
  std::size_t end = 0;
  for (std::size_t position = 0; position < text.size();) {
    const auto [point, length, valid] = first_character(text.substr(position));
    if (!valid || !is_space(point)) {
      begin = std::min(begin, position);
      end = position + length;
    }
    position += length;
  }
  return begin < end ? std::string(text.substr(begin, end - begin)) : std::string();
}

/// Contexts of addresses are not told apart: what is safe as an address is escaped like any text.
std::string safe_url(std::string_view text) { return std::string(text); }

Result<std::string> unescape_url(std::string_view text) {
  std::string plain;
  for (std::size_t position = 0; position < text.size(); ++position) {
    if (text[position] != '%') {
      plain += text[position] == '+' ? ' ' : text[position];
      continue;
    }
    const auto digits = text.substr(position + 1, 2);
    unsigned byte = 0;
    const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), byte, 16);
    if (digits.size() < 2 || read.ec != std::errc() || read.ptr != digits.data() + 2)
      return failure(fmt::format("invalid URL escape \"%{}\"", digits));
    plain += static_cast<char>(byte);
    position += 2;
  }
  return plain;
}

/// The ordinary alphabet, padded; ends of lines are skipped.
Result<std::string> decode_base64(std::string_view text) {
  constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string digits(text);
  std::erase_if(digits, [](char byte) { return byte == '\r' || byte == '\n'; });
  const auto end = std::min(digits.find_first_not_of(kAlphabet), digits.size());
  const auto padding = std::string_view(digits).substr(end);
  if (digits.size() % 4 != 0 || (!padding.empty() && padding != "=" && padding != "=="))
    return failure(fmt::format("illegal base64 data at byte {}", end));
  return cloud::decode_base64(digits);
}

Result<Value> list(Known, Arguments arguments) { return Value::list({arguments.begin(), arguments.end()}); }

Result<Value> string_slice(Known, Arguments arguments) {
  for (const Value& argument : arguments)
    if (const auto text = text_of(argument); !text) return std::unexpected(text.error());
  return Value::list({arguments.begin(), arguments.end()});
}

Result<Value> append(Known, Arguments arguments) {
  const auto* list = arguments[0].as_list();
  if (list == nullptr) return failure(fmt::format("expected a list, found {}", type_name(arguments[0])));
  List longer = *list;
  longer.insert(longer.end(), arguments.begin() + 1, arguments.end());
  return Value::list(std::move(longer));
}

Result<Value> dict(Known, Arguments arguments) {
  if (arguments.size() % 2 != 0) return failure("a key has no value");
  Map map;
  for (std::size_t i = 0; i < arguments.size(); i += 2) {
    const auto key = text_of(arguments[i]);
    if (!key) return std::unexpected(key.error());
    map.entries.insert_or_assign(std::string(*key), arguments[i + 1]);
  }
  return Value::map(std::move(map));
}

Result<GoTime> time_of(const Value& value) {
  if (const auto* time = value.as<GoTime>()) return *time;
  return failure(fmt::format("expected a time, found {}", type_name(value)));
}

Result<Value> date(Known, Arguments arguments) {
  const auto layout = text_of(arguments[0]);
  const auto time = time_of(arguments[1]);
  if (!layout || !time) return std::unexpected(!layout ? layout.error() : time.error());
  return Value{format_time(*time, *layout)};
}

Result<Value> in_zone(Known, Arguments arguments) {
  const auto name = text_of(arguments[0]);
  const auto time = time_of(arguments[1]);
  if (!name || !time) return std::unexpected(!name ? name.error() : time.error());
  const auto zone = TimeZone::find(*name);
  if (!zone) return std::unexpected(zone.error());
  return Value{GoTime{time->seconds, time->fraction, *zone}};
}

Result<Value> since(Known environment, Arguments arguments) {
  const auto time = time_of(arguments[0]);
  if (!time) return std::unexpected(time.error());
  return Value{between(to_time(environment.now), *time)};
}

Result<Value> must_to_date(Known, Arguments arguments) {
  const auto layout = text_of(arguments[0]);
  const auto text = text_of(arguments[1]);
  if (!layout || !text) return std::unexpected(!layout ? layout.error() : text.error());
  const auto time = parse_time(*layout, *text);
  if (!time) return std::unexpected(time.error());
  return Value{*time};
}

/// Go's zero time for what is none.
Result<Value> to_date(Known environment, Arguments arguments) {
  for (const Value& argument : arguments)
    if (const auto text = text_of(argument); !text) return std::unexpected(text.error());
  return must_to_date(environment, arguments).value_or(Value{GoTime()});
}

Result<Value> json(Known, Arguments arguments) {
  auto text = to_json(arguments[0]);
  if (!text) return std::unexpected(std::move(text.error()));
  return Value{std::move(*text)};
}

Result<Value> route_label(Known environment, Arguments arguments) {
  const auto name = text_of(arguments[0]);
  if (!name) return std::unexpected(name.error());
  if (!environment.route_label) return failure("there is no route here");
  auto text = environment.route_label(*name);
  if (!text) return std::unexpected(std::move(text.error()));
  return Value{std::move(*text)};
}

constexpr auto kFunctions = std::to_array<Function>({
    {"append", 1, Function::kAny, append},
    {"base64decode", 1, 1, on_text_or_fault<decode_base64>},
    {"date", 2, 2, date},
    {"dict", 0, Function::kAny, dict},
    {"list", 0, Function::kAny, list},
    {"mustToDate", 2, 2, must_to_date},
    {"routeLabels", 1, 1, route_label},
    {"safeUrl", 1, 1, on_text<safe_url>},
    {"since", 1, 1, since},
    {"stringSlice", 0, Function::kAny, string_slice},
    {"toDate", 2, 2, to_date},
    {"toJson", 1, 1, json},
    {"trimSpace", 1, 1, on_text<trim_space>},
    {"tz", 2, 2, in_zone},
    {"urlUnescape", 1, 1, on_text_or_fault<unescape_url>},
});

}  // namespace

const FunctionTable& notification_functions() {
  static const FunctionTable table{go_functions(), common_functions(), kFunctions};
  return table;
}

}  // namespace a2od
