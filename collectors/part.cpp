#include "collectors/part.hpp"

#include <fmt/format.h>

#include <utility>

namespace a2od {

Part decoded_part(const PartDescription& description, Result<std::vector<Sample>> samples) {
  if (!samples) return broken_part(description, fmt::format("the answer cannot be read: {}", samples.error().message));
  Part part;
  part.name = description.name;
  part.samples = std::move(*samples);
  return part;
}

Part broken_part(const PartDescription& description, std::string error) {
  Part part;
  part.name = description.name;
  part.outcome = Outcome::broken;
  part.error = std::move(error);
  return part;
}

Part failed_part(const PartDescription& description, const cloud::Failure& failure) {
  Part part = cloud::failed_part(description.name, failure, description.right);
  const bool right_is_missing = failure.cause == cloud::Cause::denied || failure.cause == cloud::Cause::not_a_user;
  if (!right_is_missing) part.missing_right.clear();
  return part;
}

}  // namespace a2od
