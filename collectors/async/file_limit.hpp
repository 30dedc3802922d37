// How many sockets and files the process may open, against how many it will need.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace a2od {

struct FileLimit {
  std::uint64_t soft = 0;
  std::uint64_t hard = 0;
};

/// Raises the soft limit of this process to the hard one as far as that is possible, and returns what holds then.
FileLimit raise_file_limit();

/// A sentence for the log where `limit` does not allow `needed` open files, naming both and the remedy.
[[nodiscard]] std::optional<std::string> file_limit_warning(const FileLimit& limit, std::uint64_t needed);

}  // namespace a2od
