// Any text as addresses, as what a mail server says, and as a mail: read or refused within bounds, and what is sent is
// fit for SMTP.
#include "config/utf8.hpp"
#include "daemon/notify/receivers/email_address.hpp"
#include "daemon/notify/receivers/email_message.hpp"
#include "daemon/notify/receivers/smtp_transcript.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

using namespace a2od;

void require(bool holds) {
  if (!holds) std::abort();
}

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }
bool is_print(char c) { return c >= 0x20 && c < 0x7F; }
bool is_special(char c) { return c == '<' || c == '>' || c == ' '; }

/// It can be given to a server, and is read again as the same.
void require_address(const std::string& address) {
  require(std::ranges::all_of(address, is_print) && address.contains('@'));
  require(address.starts_with('"') || std::ranges::none_of(address, is_special));
  const auto again = parse_mailboxes(address);
  require(again && again->size() == 1 && again->front() == Mailbox{"", address});
}

void read_addresses_in(std::string_view text) {
  const auto mailboxes = parse_mailboxes(text);
  if (!mailboxes) return require(!mailboxes.error().message.empty());
  require(mailboxes->size() <= 100);
  for (const auto& [name, address] : *mailboxes) {
    require(std::ranges::none_of(name, is_control));
    require_address(address);
  }
}

/// Lines that begin with > are sent, the rest is received.
void read_session_in(std::string_view text) {
  SmtpTranscript transcript;
  std::size_t recipients = 0;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size() - 1) + 1;
    const auto line = text.substr(0, end);
    text.remove_prefix(end);
    if (line.starts_with('>')) {
      transcript.sent(line.substr(1));
      if (line.starts_with(">RCPT TO:")) ++recipients;
    } else {
      transcript.received(line);
    }
    require(transcript.status() <= 999 && transcript.enhanced_status().size() <= 9);
    require(transcript.text().size() <= 200 && is_valid_utf8(transcript.text()));
    require(std::ranges::none_of(transcript.text(), is_control));
    require(recipients == 0 ? transcript.recipient() == 0 : transcript.recipient() < recipients);
    require(!name_of(transcript.phase()).empty());
  }
}

/// RFC 5322: lines of at most 998 bytes of ASCII, and each but the first begins with a space.
void require_header(std::string_view header) {
  bool first = true;
  for (;;) {
    const auto end = header.find("\r\n");
    const auto line = header.substr(0, end);
    require(line.size() <= 998 && std::ranges::all_of(line, is_print));
    require(first || line.starts_with(' '));
    if (end == std::string_view::npos) return;
    header.remove_prefix(end + 2);
    first = false;
  }
}

/// Lines end in CRLF, and neither stands alone.
void require_lines(const std::string& text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\r') require(i + 1 < text.size() && text[i + 1] == '\n');
    if (text[i] == '\n') require(i > 0 && text[i - 1] == '\r');
  }
}

void compose_of(std::string_view text) {
  const auto half = text.size() / 2;
  const auto mail = compose({.from = "a2od <a2od@contoso.com>",
                             .to = "ops@contoso.com",
                             .headers = {{"Subject", std::string(text)},
                                         {"To", std::string(text)},
                                         {std::string(text.substr(0, half)), std::string(text.substr(half))}},
                             .text = std::string(text)});
  if (!mail) return;
  for (const auto& header : mail->headers) require_header(header);
  require_lines(mail->text);
  require(mail->recipients.size() == 1);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size > 8192) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  read_addresses_in(text);
  read_session_in(text);
  compose_of(text);
  return 0;
}
