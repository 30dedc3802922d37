// Numbers and texts as bytes, and back: small numbers are short, and nothing is read behind the end.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace a2od {

/// Seven bits a byte, the lowest first.
inline void append_varint(std::string& out, std::uint64_t number) {
  for (; number >= 0x80; number >>= 7) out += static_cast<char>(number | 0x80);
  out += static_cast<char>(number);
}

/// 0 -1 1 -2 2 …: what is near zero is short.
inline void append_signed(std::string& out, std::int64_t number) {
  append_varint(out, (static_cast<std::uint64_t>(number) << 1) ^ static_cast<std::uint64_t>(number >> 63));
}

/// Eight bytes, the lowest first.
inline void append_double(std::string& out, double value) {
  auto bits = std::bit_cast<std::uint64_t>(value);
  if constexpr (std::endian::native == std::endian::big) bits = std::byteswap(bits);
  out.append(reinterpret_cast<const char*>(&bits), sizeof(bits));
}

inline void append_text(std::string& out, std::string_view text) {
  append_varint(out, text.size());
  out += text;
}

/// What is not there reads as zero or empty, and ok() is false from then on.
class ByteReader {
 public:
  explicit ByteReader(std::string_view bytes) : rest_(bytes) {}

  [[nodiscard]] bool ok() const { return ok_; }
  [[nodiscard]] bool at_end() const { return rest_.empty(); }
  void fail() {
    ok_ = false;
    rest_ = {};
  }

  std::uint8_t byte() {
    if (rest_.empty()) fail();
    if (!ok_) return 0;
    const auto value = static_cast<std::uint8_t>(rest_.front());
    rest_.remove_prefix(1);
    return value;
  }

  std::uint64_t varint() {
    std::uint64_t number = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      const std::uint8_t next = byte();
      number |= static_cast<std::uint64_t>(next & 0x7f) << shift;
      if (next < 0x80) return number;
    }
    fail();
    return 0;
  }

  std::int64_t signed_number() {
    const std::uint64_t number = varint();
    return static_cast<std::int64_t>((number >> 1) ^ (~(number & 1) + 1));
  }

  double float64() {
    std::uint64_t bits = 0;
    const std::string_view bytes = take(sizeof(bits));
    if (!ok_) return 0;
    std::memcpy(&bits, bytes.data(), sizeof(bits));
    if constexpr (std::endian::native == std::endian::big) bits = std::byteswap(bits);
    return std::bit_cast<double>(bits);
  }

  std::string_view text() { return take(varint()); }

  /// What was not read yet.
  [[nodiscard]] std::string_view rest() const { return rest_; }

  std::string_view take(std::uint64_t size) {
    if (size > rest_.size()) fail();
    if (!ok_) return {};
    const std::string_view taken = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return taken;
  }

 private:
  std::string_view rest_;
  bool ok_ = true;
};

}  // namespace a2od
