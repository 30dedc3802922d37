#include "tests/collectors/cloud/certificates.hpp"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <unistd.h>

#include <atomic>
#include <fstream>
#include <functional>
#include <memory>
#include <stdexcept>

namespace a2od::test {

namespace {

template <auto Free>
struct Freed {
  template <class T>
  void operator()(T* object) const {
    Free(object);
  }
};
using Bio = std::unique_ptr<BIO, Freed<BIO_free>>;
using Key = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, Freed<X509_free>>;

void check(bool good) {
  if (!good) throw std::runtime_error("OpenSSL refused to make a test certificate");
}

std::string text_of(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  return {data, static_cast<std::size_t>(size)};
}

Identity to_identity(X509* certificate, EVP_PKEY* key) {
  const Bio written_certificate(BIO_new(BIO_s_mem()));
  const Bio written_key(BIO_new(BIO_s_mem()));
  check(PEM_write_bio_X509(written_certificate.get(), certificate) == 1);
  check(PEM_write_bio_PrivateKey(written_key.get(), key, nullptr, nullptr, 0, nullptr, nullptr) == 1);
  return {text_of(written_certificate.get()), text_of(written_key.get())};
}

Key make_key(KeyType type) {
  Key key(type == KeyType::rsa ? EVP_RSA_gen(2048) : EVP_EC_gen("P-256"));
  check(key != nullptr);
  return key;
}

void set_name(X509_NAME* name, const std::string& text) {
  const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
  check(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, bytes, static_cast<int>(text.size()), -1, 0) == 1);
}

void add_extension(X509* certificate, int kind, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
  const std::unique_ptr<X509_EXTENSION, Freed<X509_EXTENSION_free>> extension(
      X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str()));
  check(extension != nullptr && X509_add_ext(certificate, extension.get(), -1) == 1);
}

Certificate begin(const std::string& name, EVP_PKEY* key, int days) {
  static std::atomic<long> serial{1};
  Certificate certificate(X509_new());
  X509_set_version(certificate.get(), X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), serial++);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -7L * 86400);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), days * 86400L);
  X509_set_pubkey(certificate.get(), key);
  set_name(X509_get_subject_name(certificate.get()), name);
  return certificate;
}

}  // namespace

Identity make_authority(const std::string& name) {
  const Key key = make_key(KeyType::elliptic);
  const Certificate certificate = begin(name, key.get(), 30);
  X509_set_issuer_name(certificate.get(), X509_get_subject_name(certificate.get()));
  add_extension(certificate.get(), NID_basic_constraints, "critical,CA:TRUE");
  add_extension(certificate.get(), NID_key_usage, "critical,keyCertSign");
  check(X509_sign(certificate.get(), key.get(), EVP_sha256()) > 0);
  return to_identity(certificate.get(), key.get());
}

Identity issue(const Identity& authority, const std::string& host) {
  const Bio authority_text(
      BIO_new_mem_buf(authority.certificate.data(), static_cast<int>(authority.certificate.size())));
  const Bio authority_key_text(BIO_new_mem_buf(authority.key.data(), static_cast<int>(authority.key.size())));
  const Certificate issuer(PEM_read_bio_X509(authority_text.get(), nullptr, nullptr, nullptr));
  const Key issuer_key(PEM_read_bio_PrivateKey(authority_key_text.get(), nullptr, nullptr, nullptr));
  const Key key = make_key(KeyType::elliptic);
  const Certificate certificate = begin(host, key.get(), 30);
  X509_set_issuer_name(certificate.get(), X509_get_subject_name(issuer.get()));
  const bool numeric = host.find_first_not_of("0123456789.") == std::string::npos;
  add_extension(certificate.get(), NID_subject_alt_name, (numeric ? "IP:" : "DNS:") + host);
  check(X509_sign(certificate.get(), issuer_key.get(), EVP_sha256()) > 0);
  return to_identity(certificate.get(), key.get());
}

Identity make_self_signed(KeyType type, int days) {
  const Key key = make_key(type);
  const Certificate certificate = begin("a2od", key.get(), days);
  X509_set_issuer_name(certificate.get(), X509_get_subject_name(certificate.get()));
  check(X509_sign(certificate.get(), key.get(), EVP_sha256()) > 0);
  return to_identity(certificate.get(), key.get());
}

TemporaryFile::TemporaryFile(const std::string& content) {
  std::string name = (std::filesystem::temp_directory_path() / "a2od-test-XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("cannot make a temporary folder");
  path_ = std::filesystem::path(name) / "file.pem";
  write(content);
}

TemporaryFile::~TemporaryFile() {
  std::error_code ignored;
  std::filesystem::remove_all(path_.parent_path(), ignored);
}

void TemporaryFile::write(const std::string& content) const { std::ofstream(path_, std::ios::trunc) << content; }

}  // namespace a2od::test
