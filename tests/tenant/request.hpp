// An HTTP request as Microsoft's services see it: host, decoded path, decoded options.
#pragma once

#include "daemon/http/server.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace a2od::tenant {

using Options = std::vector<std::pair<std::string, std::string>>;

struct ApiRequest {
  std::string method;
  std::string host;    ///< lower case, without port
  std::string path;    ///< percent-decoded, "/" at least
  std::string target;  ///< path and query as received
  Options options;     ///< the query, percent-decoded
  Headers headers;
  std::string body;

  /// The first value of a query option or nullptr. Names are compared with case, as OData does.
  [[nodiscard]] const std::string* option(std::string_view name) const;
  [[nodiscard]] std::string_view header(std::string_view name) const;
};

[[nodiscard]] ApiRequest to_api_request(const HttpRequest& request);

/// "a=1&b=x%20y" decoded; '+' is a space. Also the body of a form.
[[nodiscard]] Options decode_form(std::string_view text);
[[nodiscard]] std::string percent_decoded(std::string_view text);
[[nodiscard]] std::string lower_case(std::string_view text);

/// Whether `text` matches `pattern`, in which '*' stands for any number of any characters. Compared without case.
[[nodiscard]] bool matches(std::string_view pattern, std::string_view text);

}  // namespace a2od::tenant
