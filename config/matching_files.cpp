#include "config/matching_files.hpp"

#include <glob.h>

#include <string_view>
#include <system_error>

namespace a2od {

namespace fs = std::filesystem;

namespace {

std::string escape(const std::string& folder) {
  std::string escaped;
  for (const char c : folder) {
    if (std::string_view("*?[]\\").contains(c)) escaped += '\\';
    escaped += c;
  }
  return escaped;
}

}  // namespace

std::vector<std::string> matching_files(const fs::path& folder, const std::string& pattern) {
  const auto whole = fs::path(pattern).is_absolute() ? fs::path(pattern) : fs::path(escape(folder.string())) / pattern;
  glob_t matches{};
  std::vector<std::string> files;
  if (::glob(whole.c_str(), 0, nullptr, &matches) == 0) {
    for (std::size_t i = 0; i < matches.gl_pathc; ++i) {
      std::error_code error;
      const fs::path match(matches.gl_pathv[i]);
      if (!fs::is_directory(match, error)) files.push_back(match.lexically_normal().string());
    }
  }
  ::globfree(&matches);
  return files;
}

}  // namespace a2od
