// Files that a pattern of the operator names.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace a2od {

/// Sorted; relative patterns start at the folder, whose own name is no pattern, whatever characters it has.
[[nodiscard]] std::vector<std::string> matching_files(const std::filesystem::path& folder, const std::string& pattern);

}  // namespace a2od
