#include "config/schema/checks.hpp"
#include "config/sections/receivers/receiver_keys.hpp"

#include <algorithm>

namespace a2od::schema {
namespace {

Type<HttpClientConfig> authorization() {
  return section<HttpClientConfig>({
      .keys = {key("type", &HttpClientConfig::authorization_type, hidden_text("a word such as Bearer", is_header_name),
                   "stands before the credentials"),
               key("credentials", &HttpClientConfig::authorization_credentials, inline_secret(), "the secret itself"),
               key("credentials_file", &HttpClientConfig::authorization_credentials, secret_file(),
                   "a file that holds the secret")},
      .check = [](Reader& reader, const Node& node,
                  const HttpClientConfig&) { check_one(reader, node, "credentials", "credentials_file"); },
      .holds_secret = true,
  });
}

Type<HttpClientConfig> basic_auth() {
  return section<HttpClientConfig>({
      .keys = {key("username", &HttpClientConfig::basic_username, text("a user name", is_not_empty), "the user",
                   Presence::required),
               key("password", &HttpClientConfig::basic_password, inline_secret(), "the secret itself"),
               key("password_file", &HttpClientConfig::basic_password, secret_file(), "a file that holds the secret")},
      .refused = {{"username_file", "write the name as username; it is no secret"}},
      .check = [](Reader& reader, const Node& node,
                  const HttpClientConfig&) { check_one(reader, node, "password", "password_file"); },
      .holds_secret = true,
  });
}

/// Accepted and without effect.
template <class Section>
Type<Section> either() {
  return {.name = "true or false",
          .read =
              [](Reader& reader, const Node& node, Section&) {
                bool ignored = false;
                boolean().read(reader, node, ignored);
              },
          .schema = boolean().schema};
}

Type<OAuth2Config> oauth2() {
  return section<OAuth2Config>({
      .keys = {key("client_id", &OAuth2Config::client_id, text("a client id", is_not_empty), "the client",
                   Presence::required),
               key("client_secret", &OAuth2Config::client_secret, inline_secret(), "the secret itself"),
               key("client_secret_file", &OAuth2Config::client_secret, secret_file(), "a file that holds the secret"),
               key("token_url", &OAuth2Config::token_url, http_url(), "where tokens are asked for", Presence::required),
               key("scopes", &OAuth2Config::scopes, list_of(text()), "what is asked for"),
               key("endpoint_params", &OAuth2Config::endpoint_params, map_of(text()), "more fields of the request"),
               key("tls_config", &OAuth2Config::tls, tls_config(), "how the endpoint's certificate is verified")},
      .refused = {{"proxy_url", "tokens are asked for through the proxy of http_config"},
                  {"proxy_from_environment", "tokens are asked for through the proxy of http_config"},
                  {"no_proxy", "write it into http_config"}},
      .check = [](Reader& reader, const Node& node,
                  const OAuth2Config&) { check_one(reader, node, "client_secret", "client_secret_file"); },
      .holds_secret = true,
  });
}

struct HeaderValues {
  std::vector<std::string> values;
  std::vector<InlineOrSource> secrets;
  std::vector<InlineOrSource> files;
};

Type<std::vector<InlineOrSource>> header_values() {
  auto rows = section<HeaderValues>({
      .keys = {key("values", &HeaderValues::values, list_of(text()), "as they stand here"),
               key("secrets", &HeaderValues::secrets, list_of(inline_secret()), "the same, never shown"),
               key("files", &HeaderValues::files, list_of(secret_file()), "files that hold one each")},
      .holds_secret = true,
  });
  return converted<std::vector<InlineOrSource>>(std::move(rows), [](Reader&, const Node&, HeaderValues read) {
    std::vector<InlineOrSource> all;
    for (auto& value : read.values) all.emplace_back(Secret(std::move(value)));
    std::ranges::move(read.secrets, std::back_inserter(all));
    std::ranges::move(read.files, std::back_inserter(all));
    return std::optional(std::move(all));
  });
}

constexpr std::array<std::string_view, 8> kOwnHeaders{
    "host",       "content-length", "content-type",      "connection",
    "user-agent", "authorization",  "transfer-encoding", "accept-encoding"};

void check_header(Reader& reader, const Node::Entry& entry) {
  std::string name(entry.key);
  std::ranges::transform(name, name.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  if (is_header_name(name) && std::ranges::find(kOwnHeaders, name) == kOwnHeaders.end()) return;
  reader.problem(entry.position, "found header " + quote(entry.key) + ", expected a header that is not set anyhow");
}

void check_ways_to_sign_in(Reader& reader, const Node& node, const HttpClientConfig& /*config*/) {
  constexpr std::array<std::string_view, 5> kWays{"authorization", "basic_auth", "oauth2", "bearer_token",
                                                  "bearer_token_file"};
  std::string_view first;
  for (const auto way : kWays) {
    if (node.find(way) == nullptr) continue;
    if (!first.empty()) check_either(reader, node, first, way);
    first = way;
  }
}

Type<HttpClientConfig> no_proxy_of_environment() {
  return always<HttpClientConfig>({"false"}, "the environment's proxy is for Microsoft's APIs; write proxy_url");
}

}  // namespace

Type<TlsClientConfig> tls_config() {
  return section<TlsClientConfig>({
      .keys = {key("ca_file", &TlsClientConfig::ca_file, file(), "added to the system's certificate authorities, PEM"),
               key("cert_file", &TlsClientConfig::cert_file, file(), "the client's certificate, PEM"),
               key("key_file", &TlsClientConfig::key_file, file(), "its key, PEM"),
               key("server_name", &TlsClientConfig::server_name, text("a host name", is_host_name),
                   "whose certificate is expected, in place of the address's host"),
               key("min_version", &TlsClientConfig::tls13_only,
                   choice<bool>({{"TLS13", true}, {"TLS12", false}, {"TLS11", false}, {"TLS10", false}}),
                   "the oldest version; older ones than TLS12 are never used"),
               key("insecure_skip_verify",
                   always<TlsClientConfig>({"false"},
                                           "certificates are always verified; name the authority as ca_file"),
                   "without effect: certificates are always verified")},
      .refused = {{"ca", "write the certificates into a file and name it as ca_file"},
                  {"cert", "write it into a file and name it as cert_file"},
                  {"key", "write it into a file and name it as key_file"},
                  {"max_version", "the newest version that both sides know is used"}},
      .check =
          [](Reader& reader, const Node& node, const TlsClientConfig&) {
            if ((node.find("cert_file") == nullptr) != (node.find("key_file") == nullptr))
              reader.problem(node.position(), "found one of cert_file and key_file, expected both or neither");
          },
      .holds_secret = true,
  });
}

Type<HttpClientConfig> http_config() { return section<HttpClientConfig>(http_config_table()); }

Table<HttpClientConfig> http_config_table() {
  return {
      .keys = {key("authorization", authorization(), "the Authorization header"),
               key("basic_auth", basic_auth(), "user and password"),
               key("oauth2", &HttpClientConfig::oauth2, oauth2(), "a token by client credentials"),
               key("bearer_token", &HttpClientConfig::authorization_credentials, inline_secret(),
                   "the older name of authorization.credentials"),
               key("bearer_token_file", &HttpClientConfig::authorization_credentials, secret_file(),
                   "the older name of authorization.credentials_file"),
               key("tls_config", &HttpClientConfig::tls, tls_config(), "how the server's certificate is verified"),
               key("proxy_url", &HttpClientConfig::proxy_url, inline_secret(),
                   "an HTTP proxy through which https addresses are reached"),
               key("no_proxy", &HttpClientConfig::no_proxy, text(), "hosts reached without it, divided by commas"),
               key("proxy_from_environment", no_proxy_of_environment(), "without effect"),
               key("follow_redirects", &HttpClientConfig::follow_redirects, boolean(),
                   "whether redirects that repeat the request are followed; credentials never go to another host"),
               key("enable_http2", either<HttpClientConfig>(), "without effect: requests are sent as HTTP/1.1"),
               key("http_headers", &HttpClientConfig::headers, map_of(header_values(), check_header), "more headers")},
      .refused = {{"proxy_connect_header", "user and password of the proxy stand in proxy_url"}},
      .check = check_ways_to_sign_in,
      .holds_secret = true,
  };
}

}  // namespace a2od::schema
