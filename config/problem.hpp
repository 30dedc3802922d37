// A fault in a file that an operator wrote, and where it stands.
#pragma once

#include <expected>
#include <string>
#include <vector>

namespace a2od {

/// Line and column count from 1; 0 means that the file as a whole is meant.
struct Position {
  int line = 0;
  int column = 0;
  auto operator<=>(const Position&) const = default;
};

struct Problem {
  std::string file;
  Position where;
  std::string message;  ///< what was found, what is allowed, the nearest known name
  bool operator==(const Problem&) const = default;
};

/// Every fault of a file, in the order of their positions: never only the first.
using Problems = std::vector<Problem>;

/// "file:line:column: message", or "file: message" where there is no position.
[[nodiscard]] std::string to_string(const Problem& problem);

/// From the top of the file down; faults of the file as a whole come first.
void sort_by_position(Problems& problems);

}  // namespace a2od
