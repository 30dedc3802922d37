#include "config/quote.hpp"
#include "rules/alerting/template/go_time.hpp"
#include "rules/alerting/template/time_parts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>

namespace a2od::templates {
namespace {

constexpr std::array<std::string_view, 12> kMonths{"January",   "February", "March",    "April",
                                                   "May",       "June",     "July",     "August",
                                                   "September", "October",  "November", "December"};
constexpr std::array<std::string_view, 7> kWeekdays{"Sunday",   "Monday", "Tuesday", "Wednesday",
                                                    "Thursday", "Friday", "Saturday"};

bool is_digit(char byte) { return byte >= '0' && byte <= '9'; }
char lower(char byte) { return byte >= 'A' && byte <= 'Z' ? static_cast<char>(byte + 0x20) : byte; }

/// What has been read of a text, and its rest.
struct Reading {
  std::string_view text;
  int year = 0;
  int month = 1;
  int day = 1;
  int day_of_year = -1;  ///< not given
  int hour = 0;
  int minute = 0;
  int second = 0;
  std::int64_t nanosecond = 0;
  bool before_noon = false;
  bool after_noon = false;
  std::chrono::seconds offset{0};
};

/// As many digits as there are, but not more than `most`; -1 where there are less than `least`.
int take_number(std::string_view& text, std::size_t least, std::size_t most) {
  std::size_t digits = 0;
  while (digits < most && digits < text.size() && is_digit(text[digits])) ++digits;
  if (digits < least) return -1;
  int number = 0;
  std::from_chars(text.data(), text.data() + digits, number);
  text.remove_prefix(digits);
  return number;
}

using Field = int Reading::*;

template <Field field, std::size_t least, std::size_t most>
bool read_number(Reading& reading) {
  reading.*field = take_number(reading.text, least, most);
  return reading.*field >= 0;
}

/// With blanks in place of leading zeros.
template <Field field, std::size_t most>
bool read_padded(Reading& reading) {
  const auto blanks = std::min(reading.text.find_first_not_of(' '), most - 1);
  reading.text.remove_prefix(std::min(blanks, reading.text.size()));
  return read_number<field, 1, most>(reading);
}

bool read_short_year(Reading& reading) {
  if (!read_number<&Reading::year, 2, 2>(reading)) return false;
  reading.year += reading.year >= 69 ? 1900 : 2000;
  return true;
}

/// A name, or its first three letters, in whatever case; its index, or -1.
int take_name(std::string_view& text, std::span<const std::string_view> names, std::size_t letters) {
  for (std::size_t index = 0; index < names.size(); ++index) {
    const auto name = names[index].substr(0, letters);
    if (!std::ranges::equal(name, text.substr(0, name.size()), {}, lower, lower)) continue;
    text.remove_prefix(name.size());
    return static_cast<int>(index);
  }
  return -1;
}

template <std::size_t letters>
bool read_month(Reading& reading) {
  reading.month = take_name(reading.text, kMonths, letters) + 1;
  return reading.month > 0;
}

template <std::size_t letters>
bool read_weekday(Reading& reading) {
  return take_name(reading.text, kWeekdays, letters) >= 0;
}

bool read_half(Reading& reading) {
  static constexpr std::string_view kHalves[] = {"AM", "PM"};
  const int half = take_name(reading.text, kHalves, 2);
  reading.before_noon = half == 0;
  reading.after_noon = half == 1;
  return half >= 0;
}

bool read_zone_name(Reading& reading) {
  if (!reading.text.starts_with("UTC")) return false;
  reading.text.remove_prefix(3);
  return true;
}

/// How an offset is written: Z for UTC or not, colons or not, up to hours, minutes or seconds.
enum class Zulu { yes, no };
enum class Colons { yes, no };

template <Zulu zulu, Colons colons, int parts>
bool read_offset(Reading& reading) {
  auto& text = reading.text;
  if (zulu == Zulu::yes && text.starts_with('Z')) {
    text.remove_prefix(1);
    return true;
  }
  if (!text.starts_with('+') && !text.starts_with('-')) return false;
  const int sign = text[0] == '-' ? -1 : 1;
  text.remove_prefix(1);
  int seconds = 0;
  for (int part = 0, unit = 3600; part < parts; ++part, unit /= 60) {
    if (part > 0 && colons == Colons::yes) {
      if (!text.starts_with(':')) return false;
      text.remove_prefix(1);
    }
    const int number = take_number(text, 2, 2);
    if (number < 0 || number > (part == 0 ? 24 : 60)) return false;
    seconds += number * unit;
  }
  reading.offset = std::chrono::seconds(sign * seconds);
  return true;
}

template <Zulu zulu, Colons colons, int parts>
std::string offset_text(const Parts& of) {
  const auto offset = of.difference.offset.count();
  if (zulu == Zulu::yes && offset == 0) return "Z";
  const auto distance = std::abs(offset);
  const auto* colon = colons == Colons::yes ? ":" : "";
  auto text = fmt::format("{}{:02}", offset < 0 ? '-' : '+', distance / 3600);
  if (parts > 1) text += fmt::format("{}{:02}", colon, distance / 60 % 60);
  if (parts > 2) text += fmt::format("{}{:02}", colon, distance % 60);
  return text;
}

/// One element of a layout: how it is written and read. The longer of two that begin alike comes first.
struct LayoutElement {
  std::string_view text;
  std::string (*written)(const Parts&);
  bool (*read)(Reading&);
};

template <Zulu zulu, Colons colons, int parts>
constexpr LayoutElement offset_element(std::string_view text) {
  return {text, offset_text<zulu, colons, parts>, read_offset<zulu, colons, parts>};
}

constexpr auto kElements = std::to_array<LayoutElement>({
    {"January", [](const Parts& p) { return std::string(p.month_name()); }, read_month<9>},
    {"Jan", [](const Parts& p) { return std::string(p.month_name().substr(0, 3)); }, read_month<3>},
    {"Monday", [](const Parts& p) { return std::string(p.weekday_name()); }, read_weekday<9>},
    {"Mon", [](const Parts& p) { return std::string(p.weekday_name().substr(0, 3)); }, read_weekday<3>},
    {"MST", [](const Parts& p) { return p.difference.abbreviation; }, read_zone_name},
    {"2006", [](const Parts& p) { return fmt::format("{:04}", p.year()); }, read_number<&Reading::year, 4, 4>},
    {"002", [](const Parts& p) { return fmt::format("{:03}", p.day_of_year()); },
     read_number<&Reading::day_of_year, 3, 3>},
    {"01", [](const Parts& p) { return fmt::format("{:02}", p.month()); }, read_number<&Reading::month, 2, 2>},
    {"02", [](const Parts& p) { return fmt::format("{:02}", p.day_of_month()); }, read_number<&Reading::day, 2, 2>},
    {"03", [](const Parts& p) { return fmt::format("{:02}", p.hour12()); }, read_number<&Reading::hour, 2, 2>},
    {"04", [](const Parts& p) { return fmt::format("{:02}", p.minute()); }, read_number<&Reading::minute, 2, 2>},
    {"05", [](const Parts& p) { return fmt::format("{:02}", p.second()); }, read_number<&Reading::second, 2, 2>},
    {"06", [](const Parts& p) { return fmt::format("{:02}", p.year() % 100); }, read_short_year},
    {"15", [](const Parts& p) { return fmt::format("{:02}", p.hour()); }, read_number<&Reading::hour, 1, 2>},
    {"1", [](const Parts& p) { return fmt::format("{}", p.month()); }, read_number<&Reading::month, 1, 2>},
    {"__2", [](const Parts& p) { return fmt::format("{:3}", p.day_of_year()); }, read_padded<&Reading::day_of_year, 3>},
    {"_2006", [](const Parts& p) { return fmt::format("_{:04}", p.year()); },
     [](Reading& reading) {
       if (!reading.text.starts_with('_')) return false;
       reading.text.remove_prefix(1);
       return read_number<&Reading::year, 4, 4>(reading);
     }},
    {"_2", [](const Parts& p) { return fmt::format("{:2}", p.day_of_month()); }, read_padded<&Reading::day, 2>},
    {"2", [](const Parts& p) { return fmt::format("{}", p.day_of_month()); }, read_number<&Reading::day, 1, 2>},
    {"3", [](const Parts& p) { return fmt::format("{}", p.hour12()); }, read_number<&Reading::hour, 1, 2>},
    {"4", [](const Parts& p) { return fmt::format("{}", p.minute()); }, read_number<&Reading::minute, 1, 2>},
    {"5", [](const Parts& p) { return fmt::format("{}", p.second()); }, read_number<&Reading::second, 1, 2>},
    {"PM", [](const Parts& p) { return std::string(p.hour() < 12 ? "AM" : "PM"); }, read_half},
    {"pm", [](const Parts& p) { return std::string(p.hour() < 12 ? "am" : "pm"); }, read_half},
    offset_element<Zulu::yes, Colons::yes, 3>("Z07:00:00"),
    offset_element<Zulu::yes, Colons::yes, 2>("Z07:00"),
    offset_element<Zulu::yes, Colons::no, 3>("Z070000"),
    offset_element<Zulu::yes, Colons::no, 2>("Z0700"),
    offset_element<Zulu::yes, Colons::no, 1>("Z07"),
    offset_element<Zulu::no, Colons::yes, 3>("-07:00:00"),
    offset_element<Zulu::no, Colons::yes, 2>("-07:00"),
    offset_element<Zulu::no, Colons::no, 3>("-070000"),
    offset_element<Zulu::no, Colons::no, 2>("-0700"),
    offset_element<Zulu::no, Colons::no, 1>("-07"),
});

/// "Jan" stands for a month, "Janet" for itself.
bool stands(const LayoutElement& element, std::string_view layout) {
  if (!layout.starts_with(element.text)) return false;
  const bool name = element.text == "Jan" || element.text == "Mon";
  const char next = layout.size() > element.text.size() ? layout[element.text.size()] : '\0';
  return !name || next < 'a' || next > 'z';
}

const LayoutElement* element_at(std::string_view layout) {
  const auto* element = std::ranges::find_if(kElements, [&](const auto& each) { return stands(each, layout); });
  return element == kElements.end() ? nullptr : element;
}

/// Digits of a second's fraction at the start: ".000", ",999"; 0 where there are none.
std::size_t fraction_digits(std::string_view layout) {
  if (layout.size() < 2 || (layout[0] != '.' && layout[0] != ',') || (layout[1] != '0' && layout[1] != '9')) return 0;
  const std::size_t end = std::min(layout.find_first_not_of(layout[1], 1), layout.size());
  const bool more_digits = end < layout.size() && is_digit(layout[end]);
  return more_digits ? 0 : end - 1;
}

/// ".5": from `least` digits on, as many as there are.
bool read_fraction(Reading& reading, std::size_t least, std::size_t most) {
  auto& text = reading.text;
  if (text.size() < 2 || (text[0] != '.' && text[0] != ',') || !is_digit(text[1])) return least == 0;
  text.remove_prefix(1);
  std::size_t digits = 0;
  std::int64_t unit = 100'000'000;
  reading.nanosecond = 0;
  for (; digits < most && !text.empty() && is_digit(text[0]); ++digits, unit /= 10, text.remove_prefix(1))
    reading.nanosecond += (text[0] - '0') * unit;
  return digits >= least;
}

/// A fraction may follow seconds even where the layout has none.
bool read_unasked_fraction(Reading& reading, const LayoutElement& element, std::string_view layout) {
  const bool seconds = element.text == "05" || element.text == "5";
  if (!seconds || fraction_digits(layout) > 0) return true;
  return read_fraction(reading, 0, reading.text.size());
}

/// Blanks of a layout match any number of them, also none at the end.
bool read_plain(Reading& reading, std::string_view& layout) {
  if (layout.front() == ' ') {
    if (!reading.text.empty() && reading.text.front() != ' ') return false;
    layout.remove_prefix(std::min(layout.find_first_not_of(' '), layout.size()));
    reading.text.remove_prefix(std::min(reading.text.find_first_not_of(' '), reading.text.size()));
    return true;
  }
  if (!reading.text.starts_with(layout.front())) return false;
  layout.remove_prefix(1);
  reading.text.remove_prefix(1);
  return true;
}

bool read_by(std::string_view layout, Reading& reading) {
  while (!layout.empty()) {
    if (const auto* element = element_at(layout)) {
      layout.remove_prefix(element->text.size());
      if (!element->read(reading) || !read_unasked_fraction(reading, *element, layout)) return false;
    } else if (const auto digits = fraction_digits(layout); digits > 0) {
      const bool exact = layout[1] == '0';
      if (!read_fraction(reading, exact ? digits : 0, exact ? digits : reading.text.size())) return false;
      layout.remove_prefix(digits + 1);
    } else if (!read_plain(reading, layout)) {
      return false;
    }
  }
  return reading.text.empty();
}

/// Nothing where there is no such day or hour.
std::optional<GoTime> time_of(const Reading& reading) {
  int hour = reading.hour;
  if ((reading.before_noon || reading.after_noon) && hour > 12) return std::nullopt;
  if (reading.after_noon && hour < 12) hour += 12;
  if (reading.before_noon && hour == 12) hour = 0;
  const auto date = std::chrono::year(reading.year) / reading.month / reading.day;
  if (!date.ok() || hour > 23 || reading.minute > 59 || reading.second > 59) return std::nullopt;
  std::chrono::sys_days day = date;
  if (reading.day_of_year >= 0) {
    day = std::chrono::sys_days(date.year() / std::chrono::January / 1) + std::chrono::days(reading.day_of_year - 1);
    if (std::chrono::year_month_day(day).year() != date.year()) return std::nullopt;
  }
  const auto shown =
      day + std::chrono::hours(hour) + std::chrono::minutes(reading.minute) + std::chrono::seconds(reading.second);
  return GoTime{shown - reading.offset, GoDuration(reading.nanosecond), TimeZone::fixed(reading.offset)};
}

}  // namespace

Parts::Parts(const GoTime& at)
    : difference(at.zone.at(at.seconds)),
      shown(at.seconds + difference.offset),
      day(std::chrono::floor<std::chrono::days>(shown)),
      date(day),
      time(shown - day),
      fraction(at.fraction) {}

std::string_view Parts::month_name() const { return kMonths.at(month() - 1); }
std::string_view Parts::weekday_name() const { return kWeekdays.at(std::chrono::weekday(day).c_encoding()); }

std::string fraction_text(std::int64_t nanoseconds, std::size_t digits, Zeros trailing) {
  auto text = fmt::format("{:09}", nanoseconds).substr(0, digits);
  text.resize(digits, '0');
  if (trailing == Zeros::cut) text.erase(text.find_last_not_of('0') + 1);
  return text;
}

std::string format_time(const GoTime& time, std::string_view layout) {
  const Parts parts(time);
  std::string text;
  while (!layout.empty()) {
    if (const auto* element = element_at(layout)) {
      text += element->written(parts);
      layout.remove_prefix(element->text.size());
    } else if (const auto digits = fraction_digits(layout); digits > 0) {
      const auto written = fraction_text(parts.nanosecond(), digits, layout[1] == '9' ? Zeros::cut : Zeros::kept);
      if (!written.empty()) text += layout[0] + written;
      layout.remove_prefix(digits + 1);
    } else {
      text += layout.front();
      layout.remove_prefix(1);
    }
  }
  return text;
}

Result<GoTime> parse_time(std::string_view layout, std::string_view text) {
  Reading reading{.text = text};
  const auto time = read_by(layout, reading) ? time_of(reading) : std::nullopt;
  if (!time) return failure(fmt::format("{} is no time like {}", quote(text), quote(layout)));
  return *time;
}

std::string to_text(const GoTime& time) { return format_time(time, "2006-01-02 15:04:05.999999999 -0700 MST"); }
std::string to_rfc3339(const GoTime& time) { return format_time(time, "2006-01-02T15:04:05.999999999Z07:00"); }

}  // namespace a2od::templates
