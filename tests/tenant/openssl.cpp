#include "tests/tenant/openssl.hpp"

#include <openssl/pem.h>
#include <openssl/rand.h>

#include <algorithm>
#include <array>
#include <cassert>

namespace a2od::tenant {
namespace {

Memory reading(std::string_view text) { return Memory(BIO_new_mem_buf(text.data(), static_cast<int>(text.size()))); }

std::string written(const Memory& memory) {
  char* data = nullptr;
  const auto size = BIO_get_mem_data(memory.get(), &data);
  return {data, static_cast<std::size_t>(size)};
}

}  // namespace

Certificate certificate_of(std::string_view pem) {
  return Certificate(PEM_read_bio_X509(reading(pem).get(), nullptr, nullptr, nullptr));
}

Key key_of(std::string_view pem) { return Key(PEM_read_bio_PrivateKey(reading(pem).get(), nullptr, nullptr, nullptr)); }

std::string to_pem(X509* certificate) {
  const Memory memory(BIO_new(BIO_s_mem()));
  PEM_write_bio_X509(memory.get(), certificate);
  return written(memory);
}

std::string to_pem(EVP_PKEY* key) {
  const Memory memory(BIO_new(BIO_s_mem()));
  PEM_write_bio_PrivateKey(memory.get(), key, nullptr, nullptr, 0, nullptr, nullptr);
  return written(memory);
}

std::string fingerprint(X509* certificate, const EVP_MD* digest) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> bytes{};
  unsigned size = 0;
  X509_digest(certificate, digest, bytes.data(), &size);
  return base64url({reinterpret_cast<const char*>(bytes.data()), size});
}

std::string base64url(std::string_view bytes) {
  std::string text((bytes.size() + 2) / 3 * 4 + 1, '\0');
  const auto* input = reinterpret_cast<const unsigned char*>(bytes.data());
  const int size =
      EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()), input, static_cast<int>(bytes.size()));
  text.resize(static_cast<std::size_t>(size));
  while (text.ends_with('=')) text.pop_back();
  std::ranges::replace(text, '+', '-');
  std::ranges::replace(text, '/', '_');
  return text;
}

std::optional<std::string> base64url_decoded(std::string_view text) {
  std::string padded(text);
  std::ranges::replace(padded, '-', '+');
  std::ranges::replace(padded, '_', '/');
  const auto missing = (4 - padded.size() % 4) % 4;
  if (missing == 3) return std::nullopt;
  padded.append(missing, '=');
  std::string bytes(padded.size() / 4 * 3, '\0');
  const auto* input = reinterpret_cast<const unsigned char*>(padded.data());
  const int size =
      EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()), input, static_cast<int>(padded.size()));
  if (size < 0) return std::nullopt;
  bytes.resize(static_cast<std::size_t>(size) - missing);
  return bytes;
}

std::string random_bytes(std::size_t size) {
  std::string bytes(size, '\0');
  [[maybe_unused]] const int ok = RAND_bytes(reinterpret_cast<unsigned char*>(bytes.data()), static_cast<int>(size));
  assert(ok == 1);
  return bytes;
}

}  // namespace a2od::tenant
