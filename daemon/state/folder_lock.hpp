// Keeps a second daemon out of a storage folder for as long as it lives.
#pragma once

#include "config/result.hpp"

#include <filesystem>

namespace a2od {

class FolderLock {
 public:
  /// Fails at once where another process, or another lock of this one, has the folder; the error names the process.
  [[nodiscard]] static Result<FolderLock> take(const std::filesystem::path& folder);

  ~FolderLock();
  FolderLock(FolderLock&& other) noexcept;
  FolderLock& operator=(FolderLock&& other) noexcept;

 private:
  explicit FolderLock(int descriptor) : descriptor_(descriptor) {}
  int descriptor_ = -1;
};

}  // namespace a2od
