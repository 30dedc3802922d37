#include "tests/end_to_end/mail_server.hpp"

#include "tests/collectors/cloud/certificates.hpp"
#include "tests/end_to_end/http.hpp"
#include "tests/end_to_end/stage.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <iterator>

namespace a2od::end_to_end {

namespace fs = std::filesystem;

namespace {

constexpr uid_t kUser = 4711;  ///< that Exim runs as where the test runs as root

std::string text_of(const fs::path& file) {
  std::ifstream in(file);
  return {std::istreambuf_iterator<char>(in), {}};
}

constexpr const char* kAuthenticators = R"(
plain:
  driver = plaintext
  public_name = PLAIN
  server_prompts = :
  server_condition = ${if and{{eq{$auth2}{a2od}}{eq{$auth3}{right}}}}
  server_set_id = $auth2
  server_advertise_condition = ${if inlisti{PLAIN}{<<MECHANISMS>>}}
login:
  driver = plaintext
  public_name = LOGIN
  server_prompts = <| Username: | Password:
  server_condition = ${if and{{eq{$auth1}{a2od}}{eq{$auth2}{right}}}}
  server_set_id = $auth1
  server_advertise_condition = ${if inlisti{LOGIN}{<<MECHANISMS>>}}
cram:
  driver = cram_md5
  public_name = CRAM-MD5
  server_secret = ${if eq{$auth1}{a2od}{hidden}fail}
  server_set_id = $auth1
  server_advertise_condition = ${if inlisti{CRAM-MD5}{<<MECHANISMS>>}}
)";

std::string replaced(std::string text, const std::string& what, const std::string& by) {
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what)) text.replace(at, what.size(), by);
  return text;
}

}  // namespace

MailServer::MailServer(const std::string& name, const Options& options)
    : folder(fs::temp_directory_path() / ("a2od_mail_" + name)), ca_file(folder / "ca.pem"), port(free_port()) {
  fs::remove_all(folder);
  fs::create_directories(folder / "spool");
  fs::create_directories(folder / "log");
  const auto authority = test::make_authority("mail of contoso");
  const auto identity = test::issue(authority, "127.0.0.1");
  write_file(ca_file, authority.certificate);
  write_file(folder / "cert.pem", identity.certificate);
  write_file(folder / "key.pem", identity.key);

  // The package's file is setuid, and then nothing is preloaded into what another user than root starts.
  const auto exim = folder / "exim4";
  fs::copy_file(A2OD_PEER_FILES "/sbin/exim4", exim);
  fs::permissions(exim, fs::perms(0755));

  const bool root = ::getuid() == 0;
  const auto user = root ? kUser : ::getuid();
  const auto group = root ? kUser : ::getgid();
  write_file(folder / "passwd",
             fmt::format("root:x:0:0::/:/bin/false\nDebian-exim:x:{}:{}::/:/bin/false\n", user, group));
  write_file(folder / "group", fmt::format("root:x:0:\nDebian-exim:x:{}:\n", group));
  write_configuration(options);
  if (root)
    for (const auto* own : {"spool", "log", "key.pem"}) ::chown((folder / own).c_str(), user, group);
  process_.emplace(std::vector<std::string>{"/usr/bin/env", "NSS_WRAPPER_PASSWD=" + (folder / "passwd").string(),
                                            "NSS_WRAPPER_GROUP=" + (folder / "group").string(),
                                            "LD_PRELOAD=" A2OD_PEER_FILES "/lib/x86_64-linux-gnu/libnss_wrapper.so",
                                            exim.string(), "-C", (folder / "exim.conf").string(), "-bdf"},
                   folder / "exim.log");
}

void MailServer::write_configuration(const Options& options) const {
  // Exim's lists are divided by colons.
  const auto mechanisms = replaced(options.mechanisms, " ", ":");
  write_file(folder / "exim.conf",
             fmt::format(R"(
primary_hostname = mail.contoso.com
spool_directory = {0}/spool
log_file_path = {0}/log/%s
pid_file_path = {0}/exim.pid
daemon_smtp_ports = {1}
local_interfaces = 127.0.0.1
keep_environment = LD_PRELOAD : NSS_WRAPPER_PASSWD : NSS_WRAPPER_GROUP
queue_only = true
host_lookup =
rfc1413_query_timeout = 0s
message_size_limit = 100K
tls_certificate = {0}/cert.pem
tls_privatekey = {0}/key.pem
tls_advertise_hosts = {2}
{3}
acl_smtp_rcpt = recipient
begin acl
recipient:
  deny !authenticated = *
    message = 550 5.7.1 relay not permitted, authenticate first
  defer local_parts = greylisted
    message = 451 4.7.1 come back later
  deny !local_parts = operations : boss
    message = 550 5.1.1 no such user here
  accept
begin authenticators
{4}
)",
                         folder.string(), port, options.tls == Tls::offered ? "*" : "",
                         options.from_the_first_byte ? fmt::format("tls_on_connect_ports = {}", port) : "",
                         replaced(kAuthenticators, "<<MECHANISMS>>", mechanisms)));
}

bool MailServer::listens() {
  return eventually([&] { return log().contains("listening for SMTP"); }, std::chrono::seconds(20));
}

std::string MailServer::log() const {
  return process_->output() + text_of(folder / "log" / "main") + text_of(folder / "log" / "panic");
}

std::vector<MailServer::Mail> MailServer::taken() const {
  std::vector<Mail> all;
  std::error_code none;
  for (const auto& entry : fs::directory_iterator(folder / "spool" / "input", none)) {
    auto path = entry.path().string();
    if (!path.ends_with("-H")) continue;
    const auto envelope = text_of(path);
    path.back() = 'D';
    all.push_back({envelope, text_of(path)});
  }
  return all;
}

}  // namespace a2od::end_to_end
