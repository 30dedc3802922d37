#include "tests/tenant/identity.hpp"

#include "tests/tenant/openssl.hpp"

#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include <array>
#include <fstream>
#include <iterator>
#include <stdexcept>

namespace a2od::tenant {
namespace {

constexpr long kDay = 24L * 60 * 60;

void add_extension(X509* certificate, X509* issuer, int nid, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str());
  if (extension == nullptr) throw std::runtime_error("certificate extension is not understood: " + value);
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
}

Certificate new_certificate(const std::string& name, EVP_PKEY* key, long days) {
  Certificate certificate(X509_new());
  X509_set_version(certificate.get(), X509_VERSION_3);
  const auto serial = random_bytes(15);
  BIGNUM* number = BN_bin2bn(reinterpret_cast<const unsigned char*>(serial.data()), 15, nullptr);
  BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate.get()));
  BN_free(number);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -kDay);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), days * kDay);
  X509_set_pubkey(certificate.get(), key);
  const auto* text = reinterpret_cast<const unsigned char*>(name.c_str());
  X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate.get()), "CN", MBSTRING_UTF8, text, -1, -1, 0);
  return certificate;
}

std::string server_names() {
  std::string names = "DNS:localhost,IP:127.0.0.1,DNS:control.simulated";
  for (const auto* host :
       {"login.microsoftonline.com", "api.bap.microsoft.com", "api.powerplatform.com", "graph.microsoft.com",
        "*.operations.dynamics.com", "*.sandbox.operations.dynamics.com", "*.crm.dynamics.com"})
    names += std::string(",DNS:") + host;
  for (int number = 2; number <= 21; ++number) names += ",DNS:*.crm" + std::to_string(number) + ".dynamics.com";
  return names;
}

Authority self_signed(const std::string& name, const Key& key, bool is_authority) {
  const auto certificate = new_certificate(name, key.get(), 3650);
  X509_set_issuer_name(certificate.get(), X509_get_subject_name(certificate.get()));
  add_extension(certificate.get(), certificate.get(), NID_basic_constraints,
                is_authority ? "critical,CA:TRUE" : "critical,CA:FALSE");
  add_extension(certificate.get(), certificate.get(), NID_subject_key_identifier, "hash");
  if (is_authority) add_extension(certificate.get(), certificate.get(), NID_key_usage, "critical,keyCertSign,cRLSign");
  X509_sign(certificate.get(), key.get(), EVP_sha256());
  return {to_pem(certificate.get()), to_pem(key.get())};
}

std::string content_of(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

void write_private(const std::filesystem::path& path, const std::string& content) {
  std::ofstream file(path, std::ios::binary);
  std::filesystem::permissions(path, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  file << content << std::flush;
  if (!file) throw std::runtime_error("cannot write " + path.string());
}

/// The pair in the directory, or a new one where either half is absent.
template <class Make>
Authority kept(const std::filesystem::path& certificate, const std::filesystem::path& key, Make make) {
  Authority pair{content_of(certificate), content_of(key)};
  if (certificate_of(pair.certificate_pem) && key_of(pair.key_pem)) return pair;
  pair = make();
  write_private(key, pair.key_pem);
  write_private(certificate, pair.certificate_pem);
  std::filesystem::permissions(certificate, std::filesystem::perms::group_read | std::filesystem::perms::others_read,
                               std::filesystem::perm_options::add);
  return pair;
}

std::string kept_secret(const std::filesystem::path& path) {
  auto secret = content_of(path);
  while (secret.ends_with('\n')) secret.pop_back();
  if (!secret.empty()) return secret;
  secret = base64url(random_bytes(30));
  write_private(path, secret + "\n");
  return secret;
}

}  // namespace

Authority make_authority() { return self_signed("a2od simulated tenant CA", Key(EVP_EC_gen("P-256")), true); }

Authority make_client_certificate() { return self_signed("a2od test application", Key(EVP_RSA_gen(2048)), false); }

TlsIdentity server_identity(const Authority& authority) {
  const auto issuer = certificate_of(authority.certificate_pem);
  const auto issuer_key = key_of(authority.key_pem);
  if (!issuer || !issuer_key) throw std::runtime_error("the certificate authority is not a PEM certificate and key");
  const Key key(EVP_EC_gen("P-256"));
  const auto certificate = new_certificate("a2od simulated tenant", key.get(), 397);
  X509_set_issuer_name(certificate.get(), X509_get_subject_name(issuer.get()));
  add_extension(certificate.get(), issuer.get(), NID_basic_constraints, "critical,CA:FALSE");
  add_extension(certificate.get(), issuer.get(), NID_ext_key_usage, "serverAuth");
  add_extension(certificate.get(), issuer.get(), NID_subject_alt_name, server_names());
  add_extension(certificate.get(), issuer.get(), NID_authority_key_identifier, "keyid");
  X509_sign(certificate.get(), issuer_key.get(), EVP_sha256());
  TlsIdentity identity;
  identity.certificate_chain = to_pem(certificate.get()) + authority.certificate_pem;
  identity.key = to_pem(key.get());
  return identity;
}

Files prepare_directory(const std::filesystem::path& directory) {
  std::filesystem::create_directories(directory);
  const auto authority = kept(directory / "ca.pem", directory / "ca-key.pem", make_authority);
  const auto client = kept(directory / "client.pem", directory / "client-key.pem", make_client_certificate);
  return {server_identity(authority), {kept_secret(directory / "client-secret"), client.certificate_pem}};
}

}  // namespace a2od::tenant
