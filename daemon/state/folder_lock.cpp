#include "daemon/state/folder_lock.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

namespace a2od {
namespace {

std::string error_text(int error) { return std::generic_category().message(error); }

/// What the holder of the lock wrote into it.
std::string holder(int descriptor) {
  char digits[20] = {};
  const auto length = ::pread(descriptor, digits, sizeof digits, 0);
  const std::string_view text(digits, length > 0 ? static_cast<std::size_t>(length) : 0);
  const auto end = text.find_first_not_of("0123456789");
  const auto pid = text.substr(0, end);
  return pid.empty() ? std::string() : " (process " + std::string(pid) + ")";
}

void write_holder(int descriptor) {
  const auto pid = std::to_string(::getpid()) + "\n";
  // Only said to people: a lock without it holds as well.
  if (::ftruncate(descriptor, 0) == 0) (void)!::pwrite(descriptor, pid.data(), pid.size(), 0);
}

}  // namespace

Result<FolderLock> FolderLock::take(const std::filesystem::path& folder) {
  const auto file = folder / "state.lock";
  const int descriptor = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (descriptor < 0) return failure("storage folder '" + folder.string() + "': " + error_text(errno));
  FolderLock lock(descriptor);
  if (::flock(descriptor, LOCK_EX | LOCK_NB) == 0) {
    write_holder(descriptor);
    return lock;
  }
  if (errno != EWOULDBLOCK) return failure("lock '" + file.string() + "': " + error_text(errno));
  return failure("storage folder '" + folder.string() + "' is in use by another a2od" + holder(descriptor) +
                 ": stop it, or give this one a storage.path of its own");
}

FolderLock::~FolderLock() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

FolderLock::FolderLock(FolderLock&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}

FolderLock& FolderLock::operator=(FolderLock&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  return *this;
}

}  // namespace a2od
