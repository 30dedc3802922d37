// A tenant in memory for tests: requests with a token for the right audience, at a time of their choice.
#pragma once

#include "tests/tenant/tenant.hpp"

#include <boost/json/value.hpp>

#include <string>
#include <string_view>

namespace a2od::tenant {

inline constexpr std::string_view kSecret = "correct horse battery staple";

struct Answered {
  unsigned status = 0;
  boost::json::value body;  ///< null where it is no JSON
  HttpReply reply;
  [[nodiscard]] std::string header(std::string_view name) const;
  [[nodiscard]] std::string error_code() const;
};

class TenantInMemory {
 public:
  /// `scenario` is YAML.
  explicit TenantInMemory(std::string_view scenario, std::string certificate_pem = {});

  Answered send(const std::string& method, const std::string& host, const std::string& target, Headers headers = {},
                std::string body = {});
  /// GET with a token for this host.
  Answered get(const std::string& host, const std::string& target);
  /// The form of a client-credentials request.
  Answered ask_token(const std::string& form);
  /// A bearer header with a token for "https://<host>".
  Headers signed_in(const std::string& host);

  SimulatedTenant tenant;
  Timestamp now;
};

[[nodiscard]] std::string token_form(std::string_view scope, std::string_view secret = kSecret);
[[nodiscard]] std::string token_path();

}  // namespace a2od::tenant
