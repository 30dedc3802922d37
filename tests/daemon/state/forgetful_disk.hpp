// A disk for SQLite that forgets what was not synced when the power fails.
#pragma once

#include <cstdint>
#include <memory>

namespace a2od::test {

/// While it lives it is SQLite's default file system, over the real one. Files are opened after it was made, and closed
/// before it goes. One at a time.
class ForgetfulDisk {
 public:
  explicit ForgetfulDisk(std::uint64_t seed);
  ~ForgetfulDisk();
  ForgetfulDisk(const ForgetfulDisk&) = delete;
  ForgetfulDisk& operator=(const ForgetfulDisk&) = delete;

  /// From the n-th write, truncation or sync on, counted from now, everything fails.
  void fail_power_after(std::uint64_t operations);
  [[nodiscard]] bool has_power() const;
  /// All files must be closed. What was synced is as it was; of what was not, some sectors came to the disk and some
  /// did not, at random.
  void restore_power();
  /// The same after the process alone was killed: all that it wrote is there, synced or not.
  void restart_process();
  /// While it is full, whatever would make a file longer fails.
  void set_full(bool full);

  struct State;

 private:
  std::unique_ptr<State> state_;
};

}  // namespace a2od::test
