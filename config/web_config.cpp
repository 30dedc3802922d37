#include "config/web_config.hpp"

#include "config/schema/checks.hpp"
#include "config/schema/table.hpp"
#include "config/schema/values.hpp"

namespace a2od {
namespace {

using namespace schema;

constexpr std::string_view kInFile = "write it into a file and name that instead";
constexpr std::string_view kOpenSslDefaults = "a2od keeps to the defaults of OpenSSL";

constexpr std::size_t kHashLength = 60;

void check_tls(Reader& reader, const Node& node, const TlsServerConfig& tls) {
  const auto* type = node.find("client_auth_type");
  const auto* authority = node.find("client_ca_file");
  const bool verifies = tls.client_auth != ClientCertificate::not_asked;
  if (verifies && authority == nullptr) {
    reader.problem(type->position(), "client_auth_type verifies certificates, expected client_ca_file beside it");
  } else if (authority != nullptr && type == nullptr) {
    reader.problem(authority->position(),
                   "client_ca_file has no effect, expected client_auth_type: RequireAndVerifyClientCert beside it");
  }
}

/// The unverified kinds of the toolkit ask for a certificate and believe anything.
Type<ClientCertificate> client_auth() {
  return choice<ClientCertificate>({{"NoClientCert", ClientCertificate::not_asked},
                                    {"VerifyClientCertIfGiven", ClientCertificate::verified_if_any},
                                    {"RequireAndVerifyClientCert", ClientCertificate::required}});
}

Type<TlsServerConfig> tls_server() {
  using Version = TlsServerConfig::Version;
  return section<TlsServerConfig>({
      .keys = {key("cert_file", &TlsServerConfig::cert_file, file(), "PEM, the leaf first", Presence::required),
               key("key_file", &TlsServerConfig::key_file, file(), "PEM", Presence::required),
               key("client_auth_type", &TlsServerConfig::client_auth, client_auth(), "whether clients are asked"),
               key("client_ca_file", &TlsServerConfig::client_ca_file, file(), "who signs clients' certificates"),
               key("min_version", &TlsServerConfig::min_version,
                   choice<Version>({{"TLS12", Version::tls12}, {"TLS13", Version::tls13}}), "the oldest spoken")},
      .refused = {{"cert", kInFile},
                  {"key", kInFile},
                  {"client_ca", kInFile},
                  {"client_allowed_sans", "whom client_ca_file signed may come in; let an authority of its own sign"},
                  {"max_version", kOpenSslDefaults},
                  {"cipher_suites", kOpenSslDefaults},
                  {"prefer_server_cipher_suites", kOpenSslDefaults},
                  {"curve_preferences", kOpenSslDefaults}},
      .check = check_tls,
      .holds_secret = true,
  });
}

/// "$2y$10$" and 53 characters of salt and hash.
bool is_bcrypt(std::string_view text) {
  const bool begins = text.starts_with("$2a$") || text.starts_with("$2b$") || text.starts_with("$2y$");
  if (!begins || text.size() != kHashLength || text[6] != '$') return false;
  const auto cost = text.substr(4, 2);
  return cost >= "04" && cost <= "31" && cost.find_first_not_of("0123456789") == std::string_view::npos &&
         text.substr(7).find_first_not_of("./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789") ==
             std::string_view::npos;
}

Type<Secret> bcrypt_hash() {
  const std::string name = "a bcrypt hash, as htpasswd -nBC 10 prints it";
  auto read = [name](Reader& reader, const Node& node, Secret& value) {
    if (!is_bcrypt(node.text())) {
      return reader.problem(node.position(), "found " + std::string(kind_of(node)) + " that is none, expected " + name);
    }
    value = Secret(node.text());
  };
  return {.name = name, .read = std::move(read)};
}

void check_user(Reader& reader, const Node::Entry& entry) {
  if (!entry.key.empty() && !entry.key.contains(':')) return;
  reader.problem(entry.position, "user name that is empty or has a ':', expected one without");
}

Type<WebServerConfig> web_server() {
  return section<WebServerConfig>({
      .keys = {key("tls_server_config", &WebServerConfig::tls, tls_server(), "TLS; absent: plain HTTP"),
               key("basic_auth_users", &WebServerConfig::basic_auth_users, map_of(bcrypt_hash(), check_user),
                   "who may sign in")},
      .refused = {{"http_server_config", "HTTP/1.1 alone is served, with fixed headers"},
                  {"rate_limit",
                   "connections and questions have limits of their own; put a proxy in front for others"}},
  });
}

std::expected<WebServerConfig, Problems> to_web_config(const Document& document, CheckFiles check) {
  Reader reader(document, {.folder = std::filesystem::path(document.file).parent_path(),
                           .collectors = {},
                           .check_files = check == CheckFiles::yes});
  WebServerConfig config;
  web_server().read(reader, document.root, config);
  if (reader.problems().empty()) return config;
  return std::unexpected(reader.sorted_problems());
}

}  // namespace

std::expected<WebServerConfig, Problems> read_web_config(const std::string& path, CheckFiles check) {
  const auto document = read_document(path);
  if (!document) return std::unexpected(document.error());
  return to_web_config(*document, check);
}

std::expected<WebServerConfig, Problems> parse_web_config(std::string file, std::string_view text, CheckFiles check) {
  const auto document = parse_document(std::move(file), text);
  if (!document) return std::unexpected(document.error());
  return to_web_config(*document, check);
}

}  // namespace a2od
