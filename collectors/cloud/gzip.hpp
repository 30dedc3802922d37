// Unpacking gzip piece by piece, never beyond a given size: a small body may unpack to a thousand times itself.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace a2od::cloud {

class Gunzip {
 public:
  enum class Status : std::uint8_t { ok, too_large, malformed };

  explicit Gunzip(std::uint64_t max_bytes);
  ~Gunzip();
  Gunzip(const Gunzip&) = delete;
  Gunzip& operator=(const Gunzip&) = delete;

  /// Unpacks the next piece to the end of `out`. After anything but ok the object is done.
  [[nodiscard]] Status write(std::string_view packed, std::string& out);

  /// Whether the last member ended with its checksum; anything else means that bytes are missing.
  [[nodiscard]] bool complete() const { return complete_; }

 private:
  struct Stream;
  std::unique_ptr<Stream> stream_;
  std::uint64_t left_;
  bool complete_ = false;
};

}  // namespace a2od::cloud
