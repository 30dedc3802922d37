#include "collectors/cloud/gzip.hpp"

#include <zlib.h>

#include <new>

namespace a2od::cloud {

namespace {

constexpr int kGzipOnly = 16 + MAX_WBITS;
constexpr std::size_t kPiece = 32U << 10U;

}  // namespace

struct Gunzip::Stream {
  Stream() {
    if (inflateInit2(&z, kGzipOnly) != Z_OK) throw std::bad_alloc();
  }
  ~Stream() { inflateEnd(&z); }
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;
  z_stream z{};
};

Gunzip::Gunzip(std::uint64_t max_bytes) : stream_(std::make_unique<Stream>()), left_(max_bytes) {}
Gunzip::~Gunzip() = default;

Gunzip::Status Gunzip::write(std::string_view packed, std::string& out) {
  z_stream& z = stream_->z;
  z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
  z.avail_in = static_cast<uInt>(packed.size());
  int status = Z_OK;
  do {
    if (complete_ && z.avail_in > 0) {  // another member follows
      inflateReset(&z);
      complete_ = false;
    }
    const std::size_t before = out.size();
    out.resize_and_overwrite(before + kPiece, [&](char* text, std::size_t) {
      z.next_out = reinterpret_cast<Bytef*>(text + before);
      z.avail_out = kPiece;
      status = inflate(&z, Z_NO_FLUSH);
      return before + kPiece - z.avail_out;
    });
    const std::size_t made = out.size() - before;
    const bool malformed = status != Z_OK && status != Z_STREAM_END && status != Z_BUF_ERROR;
    if (malformed || made > left_) {
      out.resize(before);
      return malformed ? Status::malformed : Status::too_large;
    }
    left_ -= made;
    complete_ = status == Z_STREAM_END;
  } while (z.avail_in > 0 || z.avail_out == 0);
  return Status::ok;
}

}  // namespace a2od::cloud
