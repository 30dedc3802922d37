// The tenant's own certificate authority, its server certificate for Microsoft's host names, and what a client signs in
// with: all kept in one directory, so that they outlive the program.
#pragma once

#include "daemon/http/server.hpp"
#include "tests/tenant/sign_in.hpp"

#include <filesystem>
#include <string>

namespace a2od::tenant {

struct Authority {
  std::string certificate_pem;
  std::string key_pem;
};

[[nodiscard]] Authority make_authority();

/// A certificate of the authority for every host that a public-cloud tenant uses, wildcards included, and for
/// 127.0.0.1, localhost and control.simulated.
[[nodiscard]] TlsIdentity server_identity(const Authority& authority);

/// A self-signed RSA certificate, as an application registers one.
[[nodiscard]] Authority make_client_certificate();

struct Files {
  TlsIdentity server;
  Registration registration;
};

/// Uses what lies in the directory and writes what is missing: ca.pem, ca-key.pem, client-secret, client.pem,
/// client-key.pem. Throws std::runtime_error that names the file.
[[nodiscard]] Files prepare_directory(const std::filesystem::path& directory);

}  // namespace a2od::tenant
