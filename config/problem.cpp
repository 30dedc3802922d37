#include "config/problem.hpp"

#include <algorithm>
#include <tuple>

namespace a2od {

std::string to_string(const Problem& problem) {
  if (problem.where.line == 0) return problem.file + ": " + problem.message;
  return problem.file + ":" + std::to_string(problem.where.line) + ":" + std::to_string(problem.where.column) + ": " +
         problem.message;
}

void sort_by_position(Problems& problems) {
  std::ranges::sort(problems, {}, [](const Problem& problem) { return std::tie(problem.where, problem.message); });
}

}  // namespace a2od
