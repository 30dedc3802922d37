#include "config/problem.hpp"

namespace a2od {

std::string to_string(const Problem& problem) {
  if (problem.where.line == 0) return problem.file + ": " + problem.message;
  return problem.file + ":" + std::to_string(problem.where.line) + ":" + std::to_string(problem.where.column) + ": " +
         problem.message;
}

}  // namespace a2od
