#include "collectors/capacity/units.hpp"

#include "config/text.hpp"

namespace a2od::capacity {
namespace {

constexpr double kMegabyte = 1024.0 * 1024;

}  // namespace

std::optional<double> bytes(const Fields& fields, Fields::Path value, std::string_view unit) {
  const auto amount = fields.number(value);
  if (amount && *amount < 0) fields.refuse(value, "an amount that is not negative");
  if (!amount || !same_text(unit, "MB")) return std::nullopt;
  return *amount * kMegabyte;
}

std::optional<double> measured_bytes(const Fields& fields, Fields::Path value, std::string_view unit,
                                     Fields::Path moment) {
  const bool measured = fields.time(moment).has_value();
  const auto amount = bytes(fields, value, unit);
  return measured ? amount : std::nullopt;
}

}  // namespace a2od::capacity
