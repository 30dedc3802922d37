// The certificate that we sign in with, as its file has it.
#pragma once

#include "config/result.hpp"
#include "config/time.hpp"

#include <string>
#include <string_view>

namespace a2od::identity {

struct Certificate {
  Timestamp expires;
  std::string thumbprint;  ///< SHA-1 in upper-case hex, as the Entra portal shows it
  bool operator==(const Certificate&) const = default;
};

/// The first certificate of a PEM text; keys and other blocks before it are skipped.
[[nodiscard]] Result<Certificate> parse_certificate(std::string_view pem);

/// Reads the file anew each time, so that a rotated certificate is seen; refuses files over 1 MiB.
[[nodiscard]] Result<Certificate> read_certificate(const std::string& path);

}  // namespace a2od::identity
