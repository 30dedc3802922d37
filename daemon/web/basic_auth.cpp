#include "daemon/web/basic_auth.hpp"

#include "config/text.hpp"

#include <crypt.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/sha.h>

#include <array>
#include <memory>

namespace a2od {

namespace {

constexpr std::size_t kMaxHeader = 4096;
constexpr std::size_t kMaxRemembered = 100;  // as the exporter toolkit

std::optional<std::string> decode_base64(std::string_view text) {
  if (text.empty() || text.size() % 4 != 0) return std::nullopt;
  std::string out(text.size() / 4 * 3, '\0');
  const int size = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                                   reinterpret_cast<const unsigned char*>(text.data()), static_cast<int>(text.size()));
  if (size < 0) return std::nullopt;
  out.resize(static_cast<std::size_t>(size) - (text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0));
  return out;
}

}  // namespace

std::optional<BasicCredentials> parse_basic(std::string_view authorization) {
  constexpr std::string_view kScheme = "basic ";
  if (authorization.size() <= kScheme.size() || authorization.size() > kMaxHeader) return std::nullopt;
  if (!same_text(authorization.substr(0, kScheme.size()), kScheme)) return std::nullopt;
  const auto decoded = decode_base64(authorization.substr(kScheme.size()));
  if (!decoded) return std::nullopt;
  const auto colon = decoded->find(':');
  if (colon == std::string::npos) return std::nullopt;
  return BasicCredentials{decoded->substr(0, colon), decoded->substr(colon + 1)};
}

bool matches_bcrypt(const std::string& password, const std::string& hash) {
  if (!hash.starts_with("$2") || password.find('\0') != std::string::npos) return false;
  const auto data = std::make_unique<crypt_data>();
  const char* computed = crypt_r(password.c_str(), hash.c_str(), data.get());
  if (computed == nullptr) return false;
  const std::string_view result(computed);
  return result.size() == hash.size() && CRYPTO_memcmp(result.data(), hash.data(), hash.size()) == 0;
}

const std::string& BasicAuth::hash_for(const std::string& user) const {
  // The exporter toolkit's own: compared with when the user is not known.
  static const std::string kNobody = "$2y$10$QOauhQNbBCuQDKes6eFzPeMqBSjb7Mr5DUmpZ/VcEd00UAV/LDeSi";
  const auto found = hashes_.find(user);
  return found == hashes_.end() ? kNobody : found->second;
}

std::string BasicAuth::key(const BasicCredentials& credentials) {
  const auto text = std::to_string(credentials.user.size()) + ':' + credentials.user + credentials.password;
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
  SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data());
  return {digest.begin(), digest.end()};
}

std::optional<bool> BasicAuth::remembered(const BasicCredentials& credentials) const {
  const auto found = remembered_.find(key(credentials));
  return found == remembered_.end() ? std::nullopt : std::optional(found->second);
}

void BasicAuth::remember(const BasicCredentials& credentials, bool right) {
  if (remembered_.size() >= kMaxRemembered) remembered_.clear();
  remembered_[key(credentials)] = right;
}

}  // namespace a2od
