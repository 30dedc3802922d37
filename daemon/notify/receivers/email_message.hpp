// A mail as the texts it is made of, and as RFC 5322 and MIME (RFC 2045, 2047) want it.
#pragma once

#include "config/result.hpp"
#include "config/time.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace a2od {

/// All texts are UTF-8 and may be anything: what would end a header becomes a space.
struct Email {
  std::string from;  ///< one address, perhaps with a name
  std::string to;    ///< addresses, divided by commas: who gets it, whatever the header To says
  /// In the order in which they are written. To, From, Subject, Date and Message-Id have defaults, which one of that
  /// name replaces, whatever its letter case. What describes the body is a2od's own, Bcc is left out, and so is what is
  /// empty; of two of one name the first counts.
  std::vector<std::pair<std::string, std::string>> headers;
  std::string text;
  std::string html;
  Timestamp date{};
  /// Without angle brackets, the same at each try, so that a mail which comes twice is seen to be one. Empty: made of
  /// the mail's texts and date.
  std::string message_id{};
  /// What the mails of one conversation have in common, such as a group key: readers show them together. Empty: none.
  std::string thread{};
};

/// What goes over the wire.
struct ComposedEmail {
  std::string sender;  ///< the envelope's
  std::vector<std::string> recipients;
  std::vector<std::string> headers;  ///< "Subject: …" each, folded, without the line break at its end
  std::string text;                  ///< lines end in CRLF
  std::string html;
};

/// Fails where `from` is not one address and `to` not at least one, and for names of headers that cannot be.
[[nodiscard]] Result<ComposedEmail> compose(const Email& email);

/// At most 4 MiB each of text and HTML, and 64 KiB of headers.
[[nodiscard]] bool is_too_large(const Email& email);

/// "Fri, 27 Nov 2026 04:01:02 +0000".
[[nodiscard]] std::string mail_date(Timestamp time);

}  // namespace a2od
