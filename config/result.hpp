// What a function returns whose input may be wrong.
#pragma once

#include <expected>
#include <string>
#include <utility>

namespace a2od {

/// The text names the thing and the cause, lower case, without a full stop, and says what would be right.
struct Error {
  std::string message;
  bool operator==(const Error&) const = default;
};

template <class T>
using Result = std::expected<T, Error>;

[[nodiscard]] inline std::unexpected<Error> failure(std::string message) {
  return std::unexpected(Error{std::move(message)});
}

}  // namespace a2od
