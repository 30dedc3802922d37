#include "tests/daemon/state/forgetful_disk.hpp"

#include <sqlite3.h>

#include <cstddef>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <limits>
#include <map>
#include <new>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace a2od::test {
namespace {

constexpr std::size_t kSector = 512;

struct Write {
  std::size_t offset = 0;
  std::string bytes;
  bool truncates = false;  ///< at the offset
};

/// What the platter has of a file, and what only the cache has.
struct Disk {
  bool exists = false;
  std::string synced;
  std::vector<Write> unsynced;
};

void apply(std::string& file, std::size_t offset, std::string_view bytes) {
  if (file.size() < offset + bytes.size()) file.resize(offset + bytes.size());
  std::memcpy(file.data() + offset, bytes.data(), bytes.size());
}

}  // namespace

struct ForgetfulDisk::State {
  sqlite3_vfs vfs{};
  sqlite3_vfs* real = nullptr;
  std::map<std::string, Disk> files;
  std::mt19937_64 random;
  std::uint64_t left = std::numeric_limits<std::uint64_t>::max();
  bool full = false;

  bool spend() {
    if (left == 0) return false;
    if (left != std::numeric_limits<std::uint64_t>::max()) --left;
    return left != 0;
  }
};

namespace {

using State = ForgetfulDisk::State;

/// SQLite allocates it with room for the real file behind.
struct File {
  sqlite3_file base;
  State* state;
  Disk* disk;
  sqlite3_file* real() { return reinterpret_cast<sqlite3_file*>(this + 1); }
};

File& of(sqlite3_file* file) { return *reinterpret_cast<File*>(file); }
sqlite3_file* real(sqlite3_file* file) { return of(file).real(); }

int close(sqlite3_file* file) { return real(file)->pMethods->xClose(real(file)); }
int read(sqlite3_file* file, void* to, int amount, sqlite3_int64 offset) {
  return real(file)->pMethods->xRead(real(file), to, amount, offset);
}
int file_size(sqlite3_file* file, sqlite3_int64* size) { return real(file)->pMethods->xFileSize(real(file), size); }
int write(sqlite3_file* file, const void* from, int amount, sqlite3_int64 offset) {
  if (!of(file).state->spend()) return SQLITE_IOERR_WRITE;
  sqlite3_int64 size = 0;
  if (of(file).state->full && file_size(file, &size) == SQLITE_OK && offset + amount > size) return SQLITE_FULL;
  if (of(file).disk != nullptr) {
    of(file).disk->unsynced.push_back({static_cast<std::size_t>(offset),
                                       std::string(static_cast<const char*>(from), static_cast<std::size_t>(amount))});
  }
  return real(file)->pMethods->xWrite(real(file), from, amount, offset);
}
int truncate(sqlite3_file* file, sqlite3_int64 size) {
  if (!of(file).state->spend()) return SQLITE_IOERR_TRUNCATE;
  if (of(file).disk != nullptr) of(file).disk->unsynced.push_back({static_cast<std::size_t>(size), {}, true});
  return real(file)->pMethods->xTruncate(real(file), size);
}
int sync(sqlite3_file* file, int /*flags*/) {
  State& state = *of(file).state;
  if (!state.spend()) return SQLITE_IOERR_FSYNC;
  // The real files need no sync: only this test's power fails.
  if (Disk* disk = of(file).disk) {
    for (const Write& write : disk->unsynced) {
      if (write.truncates) disk->synced.resize(write.offset);
      apply(disk->synced, write.offset, write.bytes);
    }
    disk->exists = true;
    disk->unsynced.clear();
  }
  return SQLITE_OK;
}
int lock(sqlite3_file* file, int kind) { return real(file)->pMethods->xLock(real(file), kind); }
int unlock(sqlite3_file* file, int kind) { return real(file)->pMethods->xUnlock(real(file), kind); }
int check_lock(sqlite3_file* file, int* out) { return real(file)->pMethods->xCheckReservedLock(real(file), out); }
int control(sqlite3_file* file, int op, void* argument) {
  return real(file)->pMethods->xFileControl(real(file), op, argument);
}
int sector_size(sqlite3_file*) { return kSector; }
int characteristics(sqlite3_file*) { return 0; }
int shm_map(sqlite3_file* file, int page, int size, int extend, void volatile** out) {
  return real(file)->pMethods->xShmMap(real(file), page, size, extend, out);
}
int shm_lock(sqlite3_file* file, int offset, int n, int flags) {
  return real(file)->pMethods->xShmLock(real(file), offset, n, flags);
}
void shm_barrier(sqlite3_file* file) { real(file)->pMethods->xShmBarrier(real(file)); }
int shm_unmap(sqlite3_file* file, int remove) { return real(file)->pMethods->xShmUnmap(real(file), remove); }

constexpr sqlite3_io_methods kMethods = {
    .iVersion = 2,
    .xClose = close,
    .xRead = read,
    .xWrite = write,
    .xTruncate = truncate,
    .xSync = sync,
    .xFileSize = file_size,
    .xLock = lock,
    .xUnlock = unlock,
    .xCheckReservedLock = check_lock,
    .xFileControl = control,
    .xSectorSize = sector_size,
    .xDeviceCharacteristics = characteristics,
    .xShmMap = shm_map,
    .xShmLock = shm_lock,
    .xShmBarrier = shm_barrier,
    .xShmUnmap = shm_unmap,
    .xFetch = nullptr,
    .xUnfetch = nullptr,
};

State& of(sqlite3_vfs* vfs) { return *static_cast<State*>(vfs->pAppData); }

int open(sqlite3_vfs* vfs, const char* name, sqlite3_file* out, int flags, int* out_flags) {
  State& state = of(vfs);
  auto* file = new (out) File{};
  const int result = state.real->xOpen(state.real, name, file->real(), flags, out_flags);
  if (result != SQLITE_OK) return result;
  file->state = &state;
  const int kept = SQLITE_OPEN_MAIN_DB | SQLITE_OPEN_MAIN_JOURNAL | SQLITE_OPEN_WAL;
  if ((flags & kept) != 0 && name != nullptr) file->disk = &state.files[name];
  file->base.pMethods = &kMethods;
  return SQLITE_OK;
}

/// Durable at once, as the folder is synced.
int remove(sqlite3_vfs* vfs, const char* name, int sync_folder) {
  State& state = of(vfs);
  if (!state.spend()) return SQLITE_IOERR_DELETE;
  state.files[name] = {};
  return state.real->xDelete(state.real, name, sync_folder);
}

}  // namespace

ForgetfulDisk::ForgetfulDisk(std::uint64_t seed) : state_(std::make_unique<State>()) {
  state_->random.seed(seed);
  state_->real = sqlite3_vfs_find(nullptr);
  state_->vfs = *state_->real;
  state_->vfs.zName = "forgetful";
  state_->vfs.pNext = nullptr;
  state_->vfs.pAppData = state_.get();
  state_->vfs.szOsFile = static_cast<int>(sizeof(File)) + state_->real->szOsFile;
  state_->vfs.xOpen = open;
  state_->vfs.xDelete = remove;
  sqlite3_vfs_register(&state_->vfs, 1);
}

ForgetfulDisk::~ForgetfulDisk() {
  sqlite3_vfs_unregister(&state_->vfs);
  sqlite3_vfs_register(state_->real, 1);
}

void ForgetfulDisk::fail_power_after(std::uint64_t operations) { state_->left = operations; }
bool ForgetfulDisk::has_power() const { return state_->left != 0; }
void ForgetfulDisk::set_full(bool full) { state_->full = full; }

void ForgetfulDisk::restart_process() { state_->left = std::numeric_limits<std::uint64_t>::max(); }

void ForgetfulDisk::restore_power() {
  for (auto& [path, disk] : state_->files) {
    std::string kept = disk.synced;
    for (const Write& write : disk.unsynced) {
      for (std::size_t begin = 0; begin < write.bytes.size(); begin += kSector) {
        if (state_->random() % 2 == 0) continue;
        apply(kept, write.offset + begin, std::string_view(write.bytes).substr(begin, kSector));
      }
      if (write.truncates && state_->random() % 2 == 0) kept.resize(write.offset);
    }
    const bool existed = disk.exists || (!disk.unsynced.empty() && state_->random() % 2 == 0);
    std::filesystem::remove(path);
    std::filesystem::remove(path + "-shm");
    if (existed) std::ofstream(path, std::ios::binary) << kept;
    disk = {existed, existed ? kept : std::string(), {}};
  }
  state_->left = std::numeric_limits<std::uint64_t>::max();
}

}  // namespace a2od::test
