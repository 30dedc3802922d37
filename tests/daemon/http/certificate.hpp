// Self-signed certificates for tests of TLS.
#pragma once

#include "daemon/http/server.hpp"

#include <openssl/x509.h>

#include <string>

namespace a2od {

/// A new P-256 key and a certificate over it, valid for a day.
[[nodiscard]] TlsIdentity self_signed(const std::string& common_name);

[[nodiscard]] std::string common_name(const X509* certificate);

}  // namespace a2od
