// Basic authentication against bcrypt hashes, as Prometheus' exporter toolkit does it.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace a2od {

struct BasicCredentials {
  std::string user;
  std::string password;
};

/// From an Authorization header; nothing where it is not well-formed Basic.
[[nodiscard]] std::optional<BasicCredentials> parse_basic(std::string_view authorization);

/// Takes some 50 ms at cost 10: call it on the pool. Compares in constant time; an unknown hash form is never right.
[[nodiscard]] bool matches_bcrypt(const std::string& password, const std::string& hash);

/// Remembers which credentials were right and wrong, so that a scraper does not cost a bcrypt each time. Used by one
/// thread.
class BasicAuth {
 public:
  BasicAuth() = default;
  explicit BasicAuth(std::map<std::string, std::string> hashes) : hashes_(std::move(hashes)) {}

  [[nodiscard]] bool required() const { return !hashes_.empty(); }

  /// The hash that the credentials must match, also for an unknown user, so that time does not tell who exists.
  [[nodiscard]] const std::string& hash_for(const std::string& user) const;
  [[nodiscard]] bool knows(const std::string& user) const { return hashes_.contains(user); }

  [[nodiscard]] std::optional<bool> remembered(const BasicCredentials& credentials) const;
  void remember(const BasicCredentials& credentials, bool right);

 private:
  static std::string key(const BasicCredentials& credentials);
  std::map<std::string, std::string> hashes_;
  std::unordered_map<std::string, bool> remembered_;
};

}  // namespace a2od
