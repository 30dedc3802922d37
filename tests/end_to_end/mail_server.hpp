// Debian's Exim as a mail server of its own folder: what it takes stays in its queue, where a test reads it.
#pragma once

#include "tests/end_to_end/process.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace a2od::end_to_end {

/// Takes mail for `operations` and `boss` from who has authenticated: as a2od with the password `right` or, by
/// CRAM-MD5, with the secret `hidden`. It knows nobody else, and puts `greylisted` off.
class MailServer {
 public:
  enum class Tls { offered, not_offered };
  struct Options {
    Tls tls = Tls::offered;
    std::string mechanisms = "PLAIN LOGIN CRAM-MD5";
    bool from_the_first_byte = false;
  };

  MailServer(const std::string& name, const Options& options);

  /// True once it listens.
  [[nodiscard]] bool listens();
  [[nodiscard]] std::string log() const;

  struct Mail {
    std::string envelope;  ///< with the headers, as Exim keeps them
    std::string body;
  };
  [[nodiscard]] std::vector<Mail> taken() const;

  std::filesystem::path folder;
  std::filesystem::path ca_file;  ///< of the authority that signed its certificate
  std::uint16_t port;

 private:
  void write_configuration(const Options& options) const;

  std::optional<Process> process_;
};

}  // namespace a2od::end_to_end
