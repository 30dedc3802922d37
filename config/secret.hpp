// A value that must never be printed, and where it comes from.
#pragma once

#include "config/result.hpp"

#include <filesystem>
#include <string>
#include <variant>

namespace a2od {

/// Has no formatter, no stream operator and no implicit conversion: whoever wants the text must say reveal().
class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string text) : text_(std::move(text)) {}
  [[nodiscard]] const std::string& reveal() const { return text_; }
  [[nodiscard]] bool empty() const { return text_.empty(); }
  bool operator==(const Secret&) const = default;

 private:
  std::string text_;
};

struct SecretFile {
  std::filesystem::path path;
  bool operator==(const SecretFile&) const = default;
};
struct SecretVariable {
  std::string name;
  bool operator==(const SecretVariable&) const = default;
};
/// A file of this name in $CREDENTIALS_DIRECTORY, as systemd's LoadCredential= provides it.
struct SecretCredential {
  std::string name;
  bool operator==(const SecretCredential&) const = default;
};

/// Where a secret is read from. The configuration holds this, never the secret itself.
struct SecretSource {
  std::variant<SecretFile, SecretVariable, SecretCredential> from;
  bool operator==(const SecretSource&) const = default;

  /// Reads it now, anew each time, so that a rotated file is seen; one trailing line break is cut off.
  /// Refuses what is absent, empty or over 64 KiB, naming the file or variable and never its content.
  [[nodiscard]] Result<Secret> read() const;

  /// "file /run/secrets/contoso", "environment variable A2OD_SECRET", "credential contoso".
  [[nodiscard]] std::string describe() const;
};

/// A secret written inline in an Alertmanager key, or beside it as `…_file`.
using InlineOrSource = std::variant<Secret, SecretSource>;

/// The secret itself, or what its source holds now.
[[nodiscard]] Result<Secret> reveal(const InlineOrSource& secret);

}  // namespace a2od
