#include "config/secret.hpp"

#include "config/quote.hpp"

#include <cstdlib>
#include <fstream>
#include <string_view>
#include <system_error>

namespace a2od {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kLargest = 64U << 10U;

Result<Secret> checked(std::string text, const std::string& source) {
  if (text.size() > kLargest) return failure(source + ": over 64 KiB, expected a single secret");
  if (text.ends_with('\n')) text.pop_back();
  if (text.ends_with('\r')) text.pop_back();
  if (text.empty()) return failure(source + ": empty, expected a secret");
  return Secret(std::move(text));
}

Result<Secret> read_file(const fs::path& path, const std::string& source) {
  std::error_code error;
  const auto status = fs::status(path, error);
  if (status.type() == fs::file_type::not_found) return failure(source + ": no such file");
  if (error) return failure(source + ": " + error.message());
  // A pipe would block, a directory opens and then reads nothing.
  if (status.type() != fs::file_type::regular) return failure(source + ": not a regular file");
  std::ifstream in(path, std::ios::binary);
  if (!in) return failure(source + ": cannot be opened, check its permissions");
  std::string text(kLargest + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (in.bad()) return failure(source + ": reading failed");
  text.resize(static_cast<std::size_t>(in.gcount()));
  return checked(std::move(text), source);
}

struct Reader {
  const std::string& source;

  Result<Secret> operator()(const SecretFile& file) const { return read_file(file.path, source); }

  Result<Secret> operator()(const SecretVariable& variable) const {
    const char* value = std::getenv(variable.name.c_str());  // NOLINT(concurrency-mt-unsafe): no one sets variables
    if (value == nullptr) return failure(source + ": not set");
    return checked(value, source);
  }

  Result<Secret> operator()(const SecretCredential& credential) const {
    if (fs::path(credential.name).filename() != credential.name || credential.name.starts_with('.')) {
      return failure(source + ": expected a plain name, as in LoadCredential=name:path");
    }
    const char* folder = std::getenv("CREDENTIALS_DIRECTORY");  // NOLINT(concurrency-mt-unsafe): no one sets variables
    if (folder == nullptr) {
      return failure(source + ": CREDENTIALS_DIRECTORY is not set, expected a systemd unit with LoadCredential=");
    }
    return read_file(fs::path(folder) / credential.name, source);
  }
};

struct Describer {
  std::string operator()(const SecretFile& file) const { return "file " + file.path.string(); }
  std::string operator()(const SecretVariable& variable) const { return "environment variable " + variable.name; }
  std::string operator()(const SecretCredential& credential) const { return "credential " + credential.name; }
};

}  // namespace

Result<Secret> SecretSource::read() const {
  const auto source = describe();
  return std::visit(Reader{source}, from);
}

std::string SecretSource::describe() const { return std::visit(Describer{}, from); }

Result<Secret> reveal(const InlineOrSource& secret) {
  if (const auto* written = std::get_if<Secret>(&secret)) return *written;
  return std::get<SecretSource>(secret).read();
}

}  // namespace a2od
