// TLS as a client: trusted authorities, certificates always checked against the host, sessions resumed.
#pragma once

#include "config/result.hpp"

#include <boost/asio/ssl/context.hpp>

#include <filesystem>
#include <map>
#include <memory>
#include <string>

namespace a2od::cloud {

/// One set of trusted authorities and the sessions agreed on under it. Never copied or moved: OpenSSL points to it.
class TlsContext {
 public:
  /// `ca_file`, where not empty, is trusted beside the system's authorities.
  [[nodiscard]] static Result<std::unique_ptr<TlsContext>> open(const std::string& ca_file);

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

/// The contexts in use, by CA file; one is opened anew after its file changed.
class TlsContexts {
 public:
  [[nodiscard]] Result<std::shared_ptr<TlsContext>> get(const std::string& ca_file);

 private:
  struct Opened {
    std::filesystem::file_time_type changed;
    std::shared_ptr<TlsContext> context;
  };
  std::map<std::string, Opened> opened_;
};

/// Why a handshake failed, as far as the certificate is to blame; empty where it is not.
[[nodiscard]] std::string certificate_problem(SSL* ssl);

}  // namespace a2od::cloud
