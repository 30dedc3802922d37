// What a mail server was told and answered, as far as it says why a try failed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace a2od {

/// What was said last to the server before QUIT; the order is that of a session.
enum class SmtpPhase : std::uint8_t { greeting, hello, starttls, authentication, sender, recipient, content };

/// "EHLO", "RCPT TO"; "the connection" before anything was said.
[[nodiscard]] std::string_view name_of(SmtpPhase phase);

/// Functional: it is fed with the lines of a session. What the server says is bounded and made fit for messages.
class SmtpTranscript {
 public:
  void sent(std::string_view command);
  void received(std::string_view line);

  [[nodiscard]] SmtpPhase phase() const { return phase_; }
  /// Of the last answer; 0: there was none.
  [[nodiscard]] unsigned status() const { return status_; }
  /// "5.7.1"; empty where the server does not say such.
  [[nodiscard]] const std::string& enhanced_status() const { return enhanced_; }
  /// The answer's text, at most 200 bytes on one line, without the codes. Of AUTH nothing, as it may echo a secret.
  [[nodiscard]] const std::string& text() const { return text_; }
  /// Whom the last RCPT TO named, counted from 0.
  [[nodiscard]] std::size_t recipient() const { return recipients_ == 0 ? 0 : recipients_ - 1; }
  /// The server has taken the message: what happens then does not matter.
  [[nodiscard]] bool accepted() const { return accepted_; }
  [[nodiscard]] bool is_quitting() const { return quitting_; }

 private:
  SmtpPhase phase_ = SmtpPhase::greeting;
  unsigned status_ = 0;
  std::string enhanced_;
  std::string text_;
  std::size_t recipients_ = 0;
  bool content_asked_for_ = false;
  bool accepted_ = false;
  bool quitting_ = false;
};

}  // namespace a2od
