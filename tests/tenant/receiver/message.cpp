#include "tests/tenant/receiver/message.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <fmt/chrono.h>
#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cstdlib>
#include <utility>

namespace a2od::tenant {
namespace {

namespace json = boost::json;

constexpr std::string_view kRed = "\x1b[1;31m";
constexpr std::string_view kYellow = "\x1b[1;33m";
constexpr std::string_view kGreen = "\x1b[1;32m";
constexpr std::string_view kBold = "\x1b[1m";
constexpr std::string_view kFaint = "\x1b[2m";
constexpr std::string_view kPlain = "\x1b[0m";

std::string printable(std::string_view text) {
  std::string result;
  for (const char c : text) {
    const bool control = static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
    if (!control) result += c;
    if (c == '\n') result += ' ';
  }
  return result;
}

const json::object* object_at(const json::object& object, std::string_view name) {
  const auto* value = object.if_contains(name);
  return value == nullptr ? nullptr : value->if_object();
}

std::string text_at(const json::object& object, std::string_view name) {
  const auto* value = object.if_contains(name);
  const auto* text = value == nullptr ? nullptr : value->if_string();
  return text == nullptr ? std::string() : printable(*text);
}

std::string text_in(const json::object& alert, std::string_view group, std::string_view name) {
  const auto* object = object_at(alert, group);
  return object == nullptr ? std::string() : text_at(*object, name);
}

class Page {
 public:
  explicit Page(Colours colours) : colours_(colours) {}

  [[nodiscard]] std::string painted(std::string_view colour, std::string_view text) const {
    if (colours_ == Colours::off) return std::string(text);
    return fmt::format("{}{}{}", colour, text, kPlain);
  }
  void line(std::string_view text) { text_ += fmt::format("{}\n", text); }
  void field(std::string_view name, std::string_view text) {
    if (!text.empty()) line(fmt::format("    {} {}", painted(kFaint, fmt::format("{:<12}", name)), text));
  }
  [[nodiscard]] std::string take() { return std::move(text_); }

 private:
  Colours colours_;
  std::string text_;
};

std::string_view colour_of(std::string_view severity) {
  if (severity == "critical" || severity == "page") return kRed;
  return severity == "info" ? kBold : kYellow;
}

std::string where(const json::object& alert) {
  const auto environment = text_in(alert, "labels", "environment");
  const auto tenant = text_in(alert, "labels", "tenant");
  if (environment.empty()) return tenant.empty() ? "" : fmt::format("all of tenant {}", tenant);
  return tenant.empty() ? environment : fmt::format("{} (tenant {})", environment, tenant);
}

std::string when(const json::object& alert, bool resolved, Timestamp now) {
  const auto start = parse_rfc3339(text_at(alert, "startsAt"));
  if (!start) return "";
  const auto end = resolved ? parse_rfc3339(text_at(alert, "endsAt")) : std::nullopt;
  const auto shown = fmt::format("{:%F %T} UTC", fmt::gmtime(std::chrono::system_clock::to_time_t(*start)));
  const auto lasted = spoken_duration(end.value_or(now) - *start);
  return resolved ? fmt::format("{}, lasted {}", shown, lasted) : fmt::format("{}, {} ago", shown, lasted);
}

/// The first few lines: the rest is in the message.
void add_details(Page& page, const json::object& alert) {
  constexpr int kShown = 3;
  const auto* annotations = object_at(alert, "annotations");
  const auto* value = annotations == nullptr ? nullptr : annotations->if_contains("details");
  const auto* details = value == nullptr ? nullptr : value->if_string();
  if (details == nullptr) return;
  std::string_view rest(*details);
  for (int shown = 0; !rest.empty() && shown < kShown; ++shown) {
    const auto line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    page.field("details", printable(line));
  }
  if (!rest.empty()) page.field("", "…");
}

void add_alert(Page& page, const json::object& alert, Timestamp now) {
  const bool resolved = text_at(alert, "status") == "resolved";
  const auto severity = text_in(alert, "labels", "severity");
  const auto mark = page.painted(resolved ? kGreen : colour_of(severity), resolved ? "[RESOLVED]" : "[FIRING]");
  const auto name = page.painted(kBold, text_in(alert, "labels", "alertname"));
  page.line(fmt::format("  {} {}{}{}", mark, severity, severity.empty() ? "" : " ", name));
  const auto summary = text_in(alert, "annotations", "summary");
  if (!summary.empty()) page.line("    " + summary);
  page.field("environment", where(alert));
  page.field("since", when(alert, resolved, now));
  add_details(page, alert);
  page.field("runbook", text_in(alert, "annotations", "runbook_url"));
}

std::string heading(const json::object& message, std::size_t alerts, Timestamp now) {
  const auto receiver = text_at(message, "receiver");
  return fmt::format("--- {} for {} at {:%T} UTC ---", alerts == 1 ? "1 alert" : fmt::format("{} alerts", alerts),
                     receiver.empty() ? "nobody" : receiver, fmt::gmtime(std::chrono::system_clock::to_time_t(now)));
}

template <std::size_t N>
bool read_numbers(std::string_view text, const std::array<std::pair<std::size_t, std::size_t>, N>& places,
                  std::array<int, N>& numbers) {
  for (std::size_t i = 0; i < N; ++i) {
    const auto part = text.substr(places[i].first, places[i].second);
    const auto* end = part.data() + part.size();
    if (std::from_chars(part.data(), end, numbers[i]).ptr != end) return false;
  }
  return true;
}

std::optional<Milliseconds> offset_of(std::string_view text) {
  if (text == "Z") return Milliseconds(0);
  std::array<int, 2> parts{};
  if (text.size() != 6 || !read_numbers<2>(text, {{{1, 2}, {4, 2}}}, parts)) return std::nullopt;
  const Milliseconds offset = std::chrono::hours(parts[0]) + std::chrono::minutes(parts[1]);
  return text[0] == '-' ? -offset : offset;
}

}  // namespace

std::optional<Timestamp> parse_rfc3339(std::string_view text) {
  using namespace std::chrono;
  std::array<int, 6> n{};
  if (text.size() < 20 || text[10] != 'T') return std::nullopt;
  if (!read_numbers<6>(text, {{{0, 4}, {5, 2}, {8, 2}, {11, 2}, {14, 2}, {17, 2}}}, n)) return std::nullopt;
  const year_month_day date{year(n[0]), month(static_cast<unsigned>(n[1])), day(static_cast<unsigned>(n[2]))};
  const auto zone = offset_of(text.substr(std::min(text.find_first_of("Z+-", 19), text.size())));
  if (!date.ok() || !zone) return std::nullopt;
  return sys_days(date) + hours(n[3]) + minutes(n[4]) + seconds(n[5]) - *zone;
}

std::string spoken_duration(Milliseconds duration) {
  struct Unit {
    std::int64_t seconds;
    std::string_view name;
  };
  static constexpr std::array<Unit, 4> kUnits{{{86'400, "day"}, {3'600, "hour"}, {60, "minute"}, {1, "second"}}};
  auto left = std::chrono::duration_cast<std::chrono::seconds>(duration).count();
  std::string text;
  int shown = 0;
  for (const auto& unit : kUnits) {
    const auto count = left / unit.seconds;
    left %= unit.seconds;
    if (shown > 0 && count == 0) break;
    if (count <= 0) continue;
    text += fmt::format("{}{} {}{}", shown > 0 ? " " : "", count, unit.name, count == 1 ? "" : "s");
    if (++shown == 2) break;
  }
  return text.empty() ? "0 seconds" : text;
}

std::optional<std::string> render_message(std::string_view body, Timestamp now, Colours colours) {
  boost::system::error_code error;
  const auto value = json::parse(body, error);
  const auto* message = error ? nullptr : value.if_object();
  const auto* alerts = message == nullptr ? nullptr : message->if_contains("alerts");
  if (alerts == nullptr || !alerts->is_array() || text_at(*message, "version") != "4") return std::nullopt;
  Page page(colours);
  page.line(heading(*message, alerts->get_array().size(), now));
  for (const auto& alert : alerts->get_array())
    if (const auto* object = alert.if_object()) add_alert(page, *object, now);
  if (const auto* cut = message->if_contains("truncatedAlerts"); cut != nullptr && cut->is_int64() && *cut != 0)
    page.line(fmt::format("  and {} more", cut->get_int64()));
  return page.take();
}

}  // namespace a2od::tenant
