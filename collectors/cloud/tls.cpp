#include "collectors/cloud/tls.hpp"

#include <boost/asio/ip/address.hpp>
#include <fmt/format.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <cstdlib>

namespace a2od::cloud {

namespace asio = boost::asio;

namespace {

constexpr std::size_t kMaxSessions = 4096;

/// Where an SSL object keeps its context and its peer's name: index 0 is Asio's.
int context_index() {
  static const int index = SSL_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
  return index;
}
int peer_index() {
  static const int index = SSL_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
  return index;
}

bool is_numeric(const std::string& host) {
  boost::system::error_code not_numeric;
  asio::ip::make_address(host, not_numeric);
  return !not_numeric;
}

/// A folder of authorities by hash of their names ("002c0b4f.0"), in which OpenSSL finds the one it needs. Reading all
/// of them from one file instead takes 40 ms, for which the event loop would stand still.
bool has_hashed_folder() {
  constexpr std::size_t kHashedName = 10;
  if (std::getenv(X509_get_default_cert_file_env()) != nullptr) return false;
  const char* given = std::getenv(X509_get_default_cert_dir_env());
  std::error_code unreadable;
  std::error_code failed;
  std::filesystem::directory_iterator entry(given != nullptr ? given : X509_get_default_cert_dir(), failed);
  for (; !failed && entry != std::filesystem::directory_iterator(); entry.increment(failed)) {
    const std::string name = entry->path().filename().string();
    if (name.size() == kHashedName && name.ends_with(".0")) return true;
  }
  return false;
}

void trust_system_authorities(asio::ssl::context& context, boost::system::error_code& error) {
  if (has_hashed_folder() && SSL_CTX_set_default_verify_dir(context.native_handle()) == 1) return;
  context.set_default_verify_paths(error);
}

}  // namespace

TlsContext::TlsContext() : context_(asio::ssl::context::tls_client) {
  SSL_CTX* native = context_.native_handle();
  SSL_CTX_set_min_proto_version(native, TLS1_2_VERSION);
  SSL_CTX_set_mode(native, SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_session_cache_mode(native, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
  SSL_CTX_sess_set_new_cb(native, on_new_session);
  context_.set_verify_mode(asio::ssl::verify_peer);
}

TlsContext::~TlsContext() = default;

Result<std::unique_ptr<TlsContext>> TlsContext::open(const TlsClientConfig& config) {
  std::unique_ptr<TlsContext> opened(new TlsContext);
  boost::system::error_code error;
  trust_system_authorities(opened->context_, error);
  if (error) return failure("the system's certificate authorities cannot be read: " + error.message());
  if (!config.ca_file.empty()) opened->context_.load_verify_file(config.ca_file, error);
  if (error)
    return failure(fmt::format("CA file {} holds no certificates in PEM: {}", config.ca_file, error.message()));
  if (config.tls13_only) SSL_CTX_set_min_proto_version(opened->context_.native_handle(), TLS1_3_VERSION);
  if (config.cert_file.empty()) return opened;
  opened->context_.use_certificate_chain_file(config.cert_file, error);
  if (error) return failure(fmt::format("certificate {} cannot be used: {}", config.cert_file, error.message()));
  opened->context_.use_private_key_file(config.key_file, asio::ssl::context::pem, error);
  if (error)
    return failure(fmt::format("key {} is not that of certificate {}, or cannot be read: {}", config.key_file,
                               config.cert_file, error.message()));
  return opened;
}

void TlsContext::prepare(SSL* ssl, const std::string& host, const std::string& peer) {
  if (is_numeric(host)) {
    X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), host.c_str());
  } else {
    SSL_set_tlsext_host_name(ssl, host.c_str());
    SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    SSL_set1_host(ssl, host.c_str());
  }
  SSL_set_ex_data(ssl, context_index(), this);
  SSL_set_ex_data(ssl, peer_index(), const_cast<std::string*>(&peer));
  const auto known = sessions_.find(peer);
  if (known == sessions_.end()) return;
  const auto* bytes = reinterpret_cast<const unsigned char*>(known->second.data());
  auto* session = d2i_SSL_SESSION(nullptr, &bytes, static_cast<long>(known->second.size()));
  SSL_set_session(ssl, session);
  SSL_SESSION_free(session);
}

int TlsContext::on_new_session(SSL* ssl, SSL_SESSION* session) {
  auto* self = static_cast<TlsContext*>(SSL_get_ex_data(ssl, context_index()));
  const auto* peer = static_cast<const std::string*>(SSL_get_ex_data(ssl, peer_index()));
  if (self == nullptr || peer == nullptr) return 0;
  if (self->sessions_.size() >= kMaxSessions) self->sessions_.erase(self->sessions_.begin());
  const int size = i2d_SSL_SESSION(session, nullptr);
  if (size <= 0) return 0;
  std::string encoded(static_cast<std::size_t>(size), '\0');
  auto* bytes = reinterpret_cast<unsigned char*>(encoded.data());
  i2d_SSL_SESSION(session, &bytes);
  self->sessions_[*peer] = std::move(encoded);
  return 0;  // the session stays OpenSSL's
}

Result<std::shared_ptr<TlsContext>> TlsContexts::get(const TlsClientConfig& config) {
  std::vector<std::filesystem::file_time_type> changed;
  for (const auto* file : {&config.ca_file, &config.cert_file, &config.key_file}) {
    if (file->empty()) continue;
    std::error_code unreadable;
    changed.push_back(last_write_time(std::filesystem::path(*file), unreadable));
    if (unreadable) return failure(fmt::format("file {} cannot be read: {}", *file, unreadable.message()));
  }
  const auto known = opened_.find(config);
  if (known != opened_.end() && known->second.changed == changed) return known->second.context;
  auto opened = TlsContext::open(config);
  if (!opened) return std::unexpected(std::move(opened.error()));
  std::shared_ptr<TlsContext> context = std::move(*opened);
  opened_[config] = {std::move(changed), context};
  return context;
}

std::string certificate_problem(SSL* ssl) {
  const long result = SSL_get_verify_result(ssl);
  return result == X509_V_OK ? std::string() : X509_verify_cert_error_string(result);
}

}  // namespace a2od::cloud
