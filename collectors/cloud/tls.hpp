// TLS as a client: trusted authorities, certificates always checked against the host, sessions resumed.
#pragma once

#include "config/http_config.hpp"
#include "config/result.hpp"

#include <boost/asio/ssl/context.hpp>

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace a2od::cloud {

/// One set of trusted authorities and the sessions agreed on under it. Never copied or moved: OpenSSL points to it.
class TlsContext {
 public:
  /// Reads the files; the server's name is not its concern.
  [[nodiscard]] static Result<std::unique_ptr<TlsContext>> open(const TlsClientConfig& config);

  TlsContext(const TlsContext&) = delete;
  TlsContext& operator=(const TlsContext&) = delete;
  ~TlsContext();

  [[nodiscard]] boost::asio::ssl::context& context() { return context_; }

  /// Makes `ssl` ask for `host` and accept no other certificate, and offers the last session of `peer`, under which
  /// the one agreed on is kept in turn. `peer` must outlive `ssl`.
  void prepare(SSL* ssl, const std::string& host, const std::string& peer);

 private:
  TlsContext();
  static int on_new_session(SSL* ssl, SSL_SESSION* session);

  boost::asio::ssl::context context_;
  /// By peer, as ASN.1: a session as OpenSSL holds it takes 8 KB, and a large estate has thousands of hosts.
  std::map<std::string, std::string, std::less<>> sessions_;
};

/// The contexts in use; one is opened anew after one of its files changed.
class TlsContexts {
 public:
  [[nodiscard]] Result<std::shared_ptr<TlsContext>> get(const TlsClientConfig& config);

 private:
  struct Opened {
    std::vector<std::filesystem::file_time_type> changed;
    std::shared_ptr<TlsContext> context;
  };
  std::map<TlsClientConfig, Opened> opened_;
};

/// Why a handshake failed, as far as the certificate is to blame; empty where it is not.
[[nodiscard]] std::string certificate_problem(SSL* ssl);

}  // namespace a2od::cloud
