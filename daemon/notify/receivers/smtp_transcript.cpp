#include "daemon/notify/receivers/smtp_transcript.hpp"

#include "config/text.hpp"
#include "config/utf8.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

namespace a2od {
namespace {

constexpr std::size_t kMostText = 200;

bool is_digit(char c) { return std::isdigit(static_cast<unsigned char>(c)) != 0; }

/// "5.1.1 " at the start of a text, without the space.
std::string_view enhanced_status(std::string_view text) {
  const auto code = text.substr(0, text.find(' '));
  const bool fits = code.size() >= 5 && code.size() <= 9 && is_digit(code[0]) && code[1] == '.' &&
                    std::ranges::count(code, '.') == 2 &&
                    std::ranges::all_of(code, [](char c) { return is_digit(c) || c == '.'; });
  return fits ? code : std::string_view();
}

/// Mending makes a text longer, and is undone by a cut within a character.
std::string readable(std::string_view text) {
  auto out = valid_utf8(text.substr(0, kMostText));
  if (out.size() > kMostText) {
    auto end = kMostText;
    while ((static_cast<unsigned char>(out[end]) & 0xC0U) == 0x80U) --end;
    out.resize(end);
  }
  out = one_line(std::move(out));
  out.erase(out.find_last_not_of(' ') + 1);
  return out;
}

}  // namespace

std::string_view name_of(SmtpPhase phase) {
  static constexpr std::array<std::string_view, 7> kNames{"the connection", "EHLO",    "STARTTLS", "AUTH",
                                                          "MAIL FROM",      "RCPT TO", "DATA"};
  return kNames.at(static_cast<std::size_t>(phase));
}

void SmtpTranscript::sent(std::string_view command) {
  static constexpr std::array<std::pair<std::string_view, SmtpPhase>, 7> kCommands{{
      {"EHLO ", SmtpPhase::hello},
      {"HELO ", SmtpPhase::hello},
      {"STARTTLS", SmtpPhase::starttls},
      {"AUTH ", SmtpPhase::authentication},
      {"MAIL FROM:", SmtpPhase::sender},
      {"RCPT TO:", SmtpPhase::recipient},
      {"DATA\r", SmtpPhase::content},
  }};
  if (command.starts_with("QUIT")) quitting_ = true;
  for (const auto& [verb, phase] : kCommands) {
    if (!command.starts_with(verb)) continue;
    phase_ = phase;
    if (phase == SmtpPhase::recipient) ++recipients_;
    return;
  }
}

void SmtpTranscript::received(std::string_view line) {
  // An answer to QUIT says nothing of what came before.
  if (quitting_ || line.size() < 3 || !std::ranges::all_of(line.substr(0, 3), is_digit)) return;
  status_ = static_cast<unsigned>((line[0] - '0') * 100 + (line[1] - '0') * 10 + (line[2] - '0'));
  auto rest = line.substr(std::min<std::size_t>(line.size(), 4));
  enhanced_ = a2od::enhanced_status(rest);
  if (!enhanced_.empty()) rest.remove_prefix(std::min(rest.size(), enhanced_.size() + 1));
  text_ = phase_ == SmtpPhase::authentication ? std::string() : readable(rest);
  if (phase_ == SmtpPhase::content && line.size() > 3 && line[3] != '-') {
    if (content_asked_for_ && status_ / 100 == 2) accepted_ = true;
    if (status_ / 100 == 3) content_asked_for_ = true;
  }
}

}  // namespace a2od
