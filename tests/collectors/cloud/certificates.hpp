// Certificates made at test time, so that none in the repository can expire.
#pragma once

#include <filesystem>
#include <string>

namespace a2od::test {

struct Identity {
  std::string certificate;  ///< PEM
  std::string key;          ///< PEM
};

enum class KeyType { rsa, elliptic };

/// A certificate authority of its own.
[[nodiscard]] Identity make_authority(const std::string& name);

/// A certificate for the DNS name `host` ("127.0.0.1" becomes an address), signed by `authority`.
[[nodiscard]] Identity issue(const Identity& authority, const std::string& host);

/// One signed by itself, valid from a day ago for `days`: negative ones have expired.
[[nodiscard]] Identity make_self_signed(KeyType type, int days);

/// A file in a folder of its own that goes with the object.
class TemporaryFile {
 public:
  explicit TemporaryFile(const std::string& content);
  ~TemporaryFile();
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;

  void write(const std::string& content) const;
  [[nodiscard]] std::string path() const { return path_.string(); }

 private:
  std::filesystem::path path_;
};

}  // namespace a2od::test
