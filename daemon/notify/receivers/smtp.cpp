#include "daemon/notify/receivers/smtp.hpp"

#include "config/quote.hpp"
#include "daemon/notify/receivers/libcurl.hpp"
#include "daemon/notify/receivers/smtp_transcript.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <cstddef>
#include <memory>
#include <new>
#include <span>
#include <stdexcept>
#include <string_view>
#include <utility>
#include <vector>

namespace a2od {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr std::uint16_t kImplicitTlsPort = 465;
constexpr auto kPatienceWithQuit = std::chrono::seconds(1);

template <auto free_function>
struct Freed {
  void operator()(auto* object) const { (libcurl().*free_function)(object); }
};
using Curl = std::unique_ptr<CURL, Freed<&Libcurl::easy_cleanup>>;
using Mime = std::unique_ptr<curl_mime, Freed<&Libcurl::mime_free>>;
using Url = std::unique_ptr<CURLU, Freed<&Libcurl::url_cleanup>>;
using CurlText = std::unique_ptr<char, Freed<&Libcurl::free>>;

class List {
 public:
  List() = default;
  explicit List(std::span<const std::string> lines) {
    for (const auto& line : lines) add(line);
  }
  void add(const std::string& line) {
    auto* longer = libcurl().slist_append(list_.get(), line.c_str());
    if (longer == nullptr) throw std::bad_alloc();
    static_cast<void>(list_.release());
    list_.reset(longer);
  }
  [[nodiscard]] curl_slist* get() const { return list_.get(); }

 private:
  std::unique_ptr<curl_slist, Freed<&Libcurl::slist_free_all>> list_;
};

/// How one connection proves who we are.
struct Login {
  std::string mechanisms;  ///< as CURLOPT_LOGIN_OPTIONS has them; empty: none
  Secret secret{};
};

bool is_this_machine(std::string_view host) { return host == "localhost" || host == "::1" || host.starts_with("127."); }

bool has_implicit_tls(const SmtpServer& server) {
  return server.implicit_tls.value_or(server.port == kImplicitTlsPort);
}

bool password_needs_tls(const SmtpServer& server) {
  return !server.username.empty() && !server.password.empty() && !is_this_machine(server.host);
}

std::string who(const SmtpServer& server) {
  return server.host.contains(':') ? fmt::format("[{}]:{}", server.host, server.port)
                                   : fmt::format("{}:{}", server.host, server.port);
}

std::string bracketed(const std::string& host) { return host.contains(':') ? "[" + host + "]" : host; }

/// In the order in which they are tried: libcurl knows one secret a connection, Alertmanager's settings have two.
std::vector<Login> logins(const SmtpServer& server) {
  if (server.username.empty()) return {Login{}};
  std::vector<Login> all;
  if (!server.cram_md5_secret.empty()) all.push_back({"AUTH=CRAM-MD5", server.cram_md5_secret});
  if (!server.password.empty()) all.push_back({"AUTH=PLAIN;AUTH=LOGIN", server.password});
  return all;
}

struct Outcome {
  CURLcode code = CURLE_OK;
  std::string text;  ///< libcurl's
  SmtpTranscript transcript;

  [[nodiscard]] bool lacks_mechanism() const {
    return (code == CURLE_LOGIN_DENIED || code == CURLE_AUTH_ERROR) && transcript.status() < 400;
  }
};

/// One connection: the mail, or why it was not taken.
class Session {
 public:
  Session(const SmtpServer& server, const ComposedEmail& email, const Login& login, SteadyClock::time_point deadline,
          const std::stop_token& stop)
      : server_(server), stop_(stop), headers_(email.headers), recipients_(email.recipients) {
    headers_.add("Content-Type: multipart/alternative");
    if (!curl_) throw std::bad_alloc();
    set_address();
    set_tls();
    set_login(login);
    set_limits(deadline);
    set_content(email);
    watch();
  }

  Outcome run() {
    outcome_.code = libcurl().easy_perform(curl_.get());
    outcome_.text = error_.front() != '\0' ? error_.data() : libcurl().easy_strerror(outcome_.code);
    return outcome_;
  }

 private:
  template <class Value>
  void set(CURLoption option, Value value) {
    const auto code = libcurl().easy_setopt(curl_.get(), option, value);
    if (code == CURLE_OUT_OF_MEMORY) throw std::bad_alloc();
    assert(code == CURLE_OK);
  }
  void set(CURLoption option, const std::string& value) { set(option, value.c_str()); }

  void set_address() {
    // The certificate must name the host of the URL: where it names another one, that is connected to what is meant.
    const auto& name = server_.server_name.empty() ? server_.host : server_.server_name;
    const Url url(libcurl().url());
    libcurl().url_set(url.get(), CURLUPART_SCHEME, has_implicit_tls(server_) ? "smtps" : "smtp", 0);
    const bool good =
        libcurl().url_set(url.get(), CURLUPART_HOST, bracketed(name).c_str(), 0) == CURLUE_OK &&
        libcurl().url_set(url.get(), CURLUPART_PORT, std::to_string(server_.port).c_str(), 0) == CURLUE_OK &&
        libcurl().url_set(url.get(), CURLUPART_PATH, ("/" + server_.hello).c_str(), CURLU_URLENCODE) == CURLUE_OK;
    char* text = nullptr;
    if (good) libcurl().url_get(url.get(), CURLUPART_URL, &text, 0);
    const CurlText owned(text);
    set(CURLOPT_URL, text == nullptr ? "" : text);
    set(CURLOPT_PROTOCOLS_STR, "smtp,smtps");
    set(CURLOPT_PROXY, "");
    if (server_.server_name.empty()) return;
    connect_to_.add(fmt::format("{}:{}:{}:{}", bracketed(name), server_.port, bracketed(server_.host), server_.port));
    set(CURLOPT_CONNECT_TO, connect_to_.get());
  }

  void set_tls() {
    const bool must = server_.require_tls || password_needs_tls(server_);
    set(CURLOPT_USE_SSL, static_cast<long>(must ? CURLUSESSL_ALL : CURLUSESSL_TRY));
    set(CURLOPT_SSLVERSION, static_cast<long>(server_.tls13_only ? CURL_SSLVERSION_TLSv1_3 : CURL_SSLVERSION_TLSv1_2));
    if (!server_.ca_file.empty()) set(CURLOPT_CAINFO, server_.ca_file);
    if (!server_.cert_file.empty()) set(CURLOPT_SSLCERT, server_.cert_file);
    if (!server_.key_file.empty()) set(CURLOPT_SSLKEY, server_.key_file);
  }

  void set_login(const Login& login) {
    if (login.mechanisms.empty()) return;
    set(CURLOPT_LOGIN_OPTIONS, login.mechanisms);
    set(CURLOPT_USERNAME, server_.username);
    set(CURLOPT_PASSWORD, login.secret.reveal());
    if (!server_.identity.empty()) set(CURLOPT_SASL_AUTHZID, server_.identity);
    set(CURLOPT_SASL_IR, 1L);
  }

  void set_limits(SteadyClock::time_point deadline) {
    const auto left = std::chrono::ceil<Milliseconds>(deadline - SteadyClock::now());
    const auto longest = std::max<long>(static_cast<long>(left.count()), 1);
    set(CURLOPT_TIMEOUT_MS, longest);
    set(CURLOPT_CONNECTTIMEOUT_MS, longest);
    set(CURLOPT_SERVER_RESPONSE_TIMEOUT, longest / 1000 + 1);
    set(CURLOPT_FORBID_REUSE, 1L);  // so that QUIT is said while this session can still be cut off
    set(CURLOPT_NOSIGNAL, 1L);
  }

  void set_content(const ComposedEmail& email) {
    set(CURLOPT_MAIL_FROM, "<" + email.sender + ">");
    set(CURLOPT_MAIL_RCPT, recipients_.get());
    set(CURLOPT_HTTPHEADER, headers_.get());
    mime_.reset(libcurl().mime_init(curl_.get()));
    // Readers show the last that they can.
    if (!email.text.empty() || email.html.empty()) add_part(email.text, "text/plain; charset=UTF-8");
    if (!email.html.empty()) add_part(email.html, "text/html; charset=UTF-8");
    set(CURLOPT_MIMEPOST, mime_.get());
  }

  void add_part(const std::string& text, const char* type) {
    auto* part = libcurl().mime_addpart(mime_.get());
    if (part == nullptr || libcurl().mime_data(part, text.data(), text.size()) != CURLE_OK) throw std::bad_alloc();
    libcurl().mime_type(part, type);
    libcurl().mime_encoder(part, "quoted-printable");
  }

  void watch() {
    set(CURLOPT_ERRORBUFFER, error_.data());
    set(CURLOPT_VERBOSE, 1L);
    set(CURLOPT_DEBUGFUNCTION, &Session::on_line);
    set(CURLOPT_DEBUGDATA, this);
    set(CURLOPT_NOPROGRESS, 0L);
    set(CURLOPT_XFERINFOFUNCTION, &Session::on_progress);
    set(CURLOPT_XFERINFODATA, this);
    // What the server says would be written to the standard output otherwise.
    set(CURLOPT_WRITEFUNCTION, &Session::on_data);
  }

  static int on_line(CURL* /*handle*/, curl_infotype type, char* data, std::size_t size, void* self) {
    auto& transcript = static_cast<Session*>(self)->outcome_.transcript;
    if (type == CURLINFO_HEADER_OUT) transcript.sent({data, size});
    if (type == CURLINFO_HEADER_IN) transcript.received({data, size});
    return 0;
  }

  static std::size_t on_data(char* /*data*/, std::size_t size, std::size_t count, void* /*self*/) {
    return size * count;
  }

  /// Other than 0 ends the session.
  static int on_progress(void* self, curl_off_t /*down*/, curl_off_t /*downloaded*/, curl_off_t /*up*/,
                         curl_off_t /*uploaded*/) {
    return static_cast<Session*>(self)->should_end() ? 1 : 0;
  }

  bool should_end() {
    if (stop_.stop_requested()) return true;
    if (!outcome_.transcript.is_quitting()) return false;
    if (!quit_since_) quit_since_ = SteadyClock::now();
    return SteadyClock::now() - *quit_since_ > kPatienceWithQuit;
  }

  const SmtpServer& server_;
  const std::stop_token& stop_;
  Outcome outcome_;
  std::optional<SteadyClock::time_point> quit_since_;
  std::array<char, CURL_ERROR_SIZE> error_{};
  List headers_;
  List recipients_;
  List connect_to_;
  Curl curl_{libcurl().easy_init()};
  Mime mime_;
};

std::string answer(const SmtpTranscript& transcript) {
  auto out = fmt::format("answered {}", transcript.status());
  if (!transcript.enhanced_status().empty()) out += " " + transcript.enhanced_status();
  if (!transcript.text().empty()) out += " " + quote(transcript.text());
  return out;
}

bool asks_for_authentication(unsigned status) { return status == 530 || status == 534 || status == 535; }

/// What an answer of 400 or more means.
Verdict verdict_of(const SmtpTranscript& transcript) {
  const auto status = transcript.status();
  if (status < 500) return Verdict::retry;
  if (asks_for_authentication(status)) return Verdict::misconfigured;
  switch (transcript.phase()) {
    case SmtpPhase::recipient:
      // 5.7: the server's policy, such as that it does not relay for strangers.
      return transcript.enhanced_status().starts_with("5.7.") ? Verdict::misconfigured : Verdict::refused;
    case SmtpPhase::content:
      return Verdict::refused;
    case SmtpPhase::sender:
      return status == 552 ? Verdict::refused : Verdict::misconfigured;  // 552: too large
    default:
      return Verdict::misconfigured;
  }
}

DeliveryResult misconfigured(std::string error) {
  return {.error = std::move(error), .verdict = Verdict::misconfigured};
}

/// A failure in which the server said nothing against us.
DeliveryResult judge_without_answer(const SmtpServer& server, const Outcome& outcome) {
  const auto cause = who(server) + ": ";
  switch (outcome.code) {
    case CURLE_ABORTED_BY_CALLBACK:
      return {.error = cause + "stopped", .verdict = Verdict::retry};
    case CURLE_USE_SSL_FAILED:
      return misconfigured(cause + (server.require_tls
                                        ? "does not offer STARTTLS, which require_tls demands"
                                        : "does not offer STARTTLS, and the password is only sent over TLS"));
    case CURLE_LOGIN_DENIED:
    case CURLE_AUTH_ERROR:
      return misconfigured(cause +
                           "knows no way to authenticate that is configured: PLAIN and LOGIN need a password, "
                           "CRAM-MD5 its secret");
    case CURLE_PEER_FAILED_VERIFICATION:
      return misconfigured(cause + "its certificate is not trusted: " + outcome.text);
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_URL_MALFORMAT:
    case CURLE_BAD_FUNCTION_ARGUMENT:
      return {.error = cause + outcome.text, .unusable = true};
    default:
      return {.error = cause + outcome.text, .verdict = Verdict::retry};
  }
}

DeliveryResult judge(const SmtpServer& server, const Outcome& outcome) {
  const auto& transcript = outcome.transcript;
  if (transcript.accepted()) return {.status = transcript.status()};
  const bool cut_off = outcome.code == CURLE_ABORTED_BY_CALLBACK || outcome.code == CURLE_OPERATION_TIMEDOUT;
  if (cut_off || transcript.status() < 400) return judge_without_answer(server, outcome);
  return {.status = transcript.status(),
          .error = fmt::format("{}: {} to {}", who(server), answer(transcript), name_of(transcript.phase())),
          .verdict = verdict_of(transcript)};
}

bool refuses_recipient(const Outcome& outcome) {
  const auto& transcript = outcome.transcript;
  return outcome.code != CURLE_OK && !transcript.accepted() && transcript.phase() == SmtpPhase::recipient &&
         transcript.status() >= 500 && !asks_for_authentication(transcript.status());
}

/// Tries the ways to log in until the server knows one.
Outcome log_in_and_send(const SmtpServer& server, const ComposedEmail& email, SteadyClock::time_point deadline,
                        const std::stop_token& stop) {
  Outcome outcome;
  for (const auto& login : logins(server)) {
    outcome = Session(server, email, login, deadline, stop).run();
    if (!outcome.lacks_mechanism()) break;
  }
  return outcome;
}

}  // namespace

DeliveryResult send_email(const SmtpServer& server, const Email& email, std::stop_token stop) {
  if (is_too_large(email))
    return {.error = "the mail is larger than 4 MiB of text and 64 KiB of headers", .verdict = Verdict::refused};
  auto composed = compose(email);
  if (!composed) return {.error = std::move(composed.error().message), .unusable = true};
  if (!server.username.empty() && server.password.empty() && server.cram_md5_secret.empty())
    return {.error = who(server) + ": a username without a password or a secret", .unusable = true};
  try {
    static_cast<void>(libcurl());
  } catch (const std::runtime_error& missing) {
    return {.error = missing.what(), .unusable = true};
  }

  const auto deadline = SteadyClock::now() + server.timeout;
  std::string not_reached;
  std::optional<DeliveryResult> worst;
  while (!composed->recipients.empty()) {
    const auto outcome = log_in_and_send(server, *composed, deadline, stop);
    auto result = judge(server, outcome);
    if (!refuses_recipient(outcome)) {
      if (classify(result) == Verdict::delivered) result.error = std::move(not_reached);
      return result;
    }
    const auto at = composed->recipients.begin() + static_cast<std::ptrdiff_t>(outcome.transcript.recipient());
    not_reached += fmt::format("{}{} was not reached: {}", not_reached.empty() ? "" : "; ", *at, result.error);
    result.error = not_reached;
    if (!worst || classify(result) == Verdict::misconfigured) worst = std::move(result);
    composed->recipients.erase(at);
  }
  worst->error = std::move(not_reached);
  return *worst;
}

}  // namespace a2od
