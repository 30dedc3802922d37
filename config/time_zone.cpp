#include "config/time_zone.hpp"

#include "config/quote.hpp"

#include <date/tz.h>
#include <fmt/format.h>

#include <exception>

namespace a2od {

TimeZone TimeZone::fixed(std::chrono::seconds offset) {
  TimeZone zone;
  zone.offset_ = offset;
  return zone;
}

Result<TimeZone> TimeZone::find(std::string_view name) {
  if (name.empty() || name == "UTC") return TimeZone();
  if (name == "Local") return local();
  TimeZone zone;
  // The library throws for zones that are not there, and reads a zone's file when it is first asked about a time.
  try {
    zone.place_ = date::locate_zone(name);
    (void)zone.place_->get_info(std::chrono::sys_seconds());
  } catch (const std::exception&) {
    return failure(fmt::format("unknown time zone {}", quote(name)));
  }
  return zone;
}

TimeZone TimeZone::local() {
  TimeZone zone;
  try {
    zone.place_ = date::current_zone();
    (void)zone.place_->get_info(std::chrono::sys_seconds());
  } catch (const std::exception&) {
    return {};
  }
  return zone;
}

TimeZone::Difference TimeZone::at(std::chrono::sys_seconds time) const {
  if (place_ != nullptr) {
    auto info = place_->get_info(time);
    return {info.offset, std::move(info.abbrev)};
  }
  if (offset_.count() == 0) return {};
  const auto minutes = std::chrono::abs(offset_).count() / 60;
  return {offset_, fmt::format("{}{:02}{:02}", offset_.count() < 0 ? '-' : '+', minutes / 60, minutes % 60)};
}

std::chrono::sys_seconds TimeZone::moment_of(std::chrono::sys_seconds shown) const {
  const auto near = shown - at(shown).offset;
  return shown - at(near).offset;
}

}  // namespace a2od
