#include "collectors/identity/certificate.hpp"

#include <fmt/format.h>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <array>
#include <chrono>
#include <cstddef>
#include <ctime>
#include <fstream>
#include <memory>
#include <optional>

namespace a2od::identity {
namespace {

constexpr std::size_t kLargestFile = 1U << 20U;

using Bio = std::unique_ptr<BIO, decltype(&BIO_free)>;
using X509Pointer = std::unique_ptr<X509, decltype(&X509_free)>;

/// OpenSSL would ask the terminal for the password of an encrypted block.
int no_password(char*, int, int, void*) { return -1; }

std::optional<Timestamp> expiry_of(const X509& certificate) {
  std::tm time{};
  if (ASN1_TIME_to_tm(X509_get0_notAfter(&certificate), &time) != 1) return std::nullopt;
  return Timestamp(std::chrono::seconds(timegm(&time)));
}

std::string thumbprint_of(const X509& certificate) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  if (X509_digest(&certificate, EVP_sha1(), digest.data(), &size) != 1) return {};
  std::string text;
  for (unsigned i = 0; i < size; ++i) text += fmt::format("{:02X}", digest[i]);
  return text;
}

}  // namespace

Result<Certificate> parse_certificate(std::string_view pem) {
  const Bio memory(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), &BIO_free);
  const X509Pointer certificate(PEM_read_bio_X509(memory.get(), nullptr, &no_password, nullptr), &X509_free);
  if (!certificate) return failure("no certificate found, expected a PEM block 'BEGIN CERTIFICATE'");
  const auto expires = expiry_of(*certificate);
  if (!expires) return failure("the certificate's end of validity cannot be read");
  return Certificate{*expires, thumbprint_of(*certificate)};
}

Result<Certificate> read_certificate(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return failure(fmt::format("certificate file {}: cannot be opened", path));
  std::string text(kLargestFile + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(file.gcount()));
  if (text.size() > kLargestFile) return failure(fmt::format("certificate file {}: larger than 1 MiB", path));
  auto certificate = parse_certificate(text);
  if (!certificate) return failure(fmt::format("certificate file {}: {}", path, certificate.error().message));
  return certificate;
}

}  // namespace a2od::identity
