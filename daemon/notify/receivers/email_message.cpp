#include "daemon/notify/receivers/email_message.hpp"

#include "config/quote.hpp"
#include "config/text.hpp"
#include "config/utf8.hpp"
#include "daemon/notify/receivers/email_address.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <chrono>
#include <cstddef>
#include <set>
#include <span>

namespace a2od {
namespace {

constexpr std::size_t kMostBody = 4 << 20;
constexpr std::size_t kMostHeaders = 64 << 10;
constexpr std::size_t kLineLength = 78;        ///< RFC 5322: should not be exceeded
constexpr std::size_t kLongestWord = 900;      ///< below its hard limit of 998
constexpr std::size_t kEncodedWord = 75 - 12;  ///< less "=?UTF-8?Q?" and "?="
constexpr std::size_t kLongestCharacter = 12;  ///< four bytes in the Q encoding
constexpr std::string_view kFold = "\r\n ";

bool is_print(char c) { return c >= 0x20 && c < 0x7F; }

/// One line of UTF-8: what would end a header or is not for reading becomes a space.
std::string header_line(std::string_view text) {
  const auto line = one_line(valid_utf8(text));
  const auto first = line.find_first_not_of(' ');
  if (first == std::string::npos) return {};
  return line.substr(first, line.find_last_not_of(' ') - first + 1);
}

/// A character in the Q encoding that may stand in names too.
std::string q_encoded(std::string_view character) {
  if (character == " ") return "_";
  const auto c = static_cast<unsigned char>(character.front());
  if (character.size() == 1 && (std::isalnum(c) != 0 || std::string_view("!*+-/").contains(character.front())))
    return std::string(character);
  std::string out;
  for (const char byte : character) out += fmt::format("={:02X}", static_cast<unsigned char>(byte));
  return out;
}

/// RFC 2047's encoded words, a line each: no character is divided among two. `used` bytes stand before the first.
std::string encoded_words(std::string_view text, std::size_t used) {
  std::string out;
  std::string word;
  auto room = kEncodedWord - std::min(used, kEncodedWord - kLongestCharacter);
  const auto finish = [&] {
    if (!out.empty()) out += kFold;
    out += "=?UTF-8?Q?" + word + "?=";
    word.clear();
    room = kEncodedWord;
  };
  while (!text.empty()) {
    const auto length = std::max<std::size_t>(utf8_length(text), 1);
    const auto next = q_encoded(text.substr(0, length));
    if (word.size() + next.size() > room) finish();
    word += next;
    text.remove_prefix(length);
  }
  finish();
  return out;
}

/// Breaks before words, where a line would grow too long.
std::string folded(std::string_view text, std::size_t used) {
  std::string out;
  while (!text.empty()) {
    const auto space = text.find_first_not_of(' ');
    const auto end = std::min(text.find(' ', space), text.size());
    if (!out.empty() && used + end > kLineLength) {
      out += "\r\n";
      used = 0;
    }
    out += text.substr(0, end);
    used += end;
    text.remove_prefix(end);
  }
  return out;
}

bool is_plain(std::string_view line) {
  if (!std::ranges::all_of(line, is_print) || line.contains("=?")) return false;
  std::size_t word = 0;
  for (const char c : line) {
    word = c == ' ' ? 0 : word + 1;
    if (word > kLongestWord) return false;
  }
  return true;
}

std::string unstructured(std::string_view line, std::size_t used) {
  return is_plain(line) ? folded(line, used) : encoded_words(line, used);
}

std::string display_name(const std::string& name) {
  if (!is_plain(name) || name.size() > kLongestWord) return encoded_words(header_line(name), 10);
  const auto is_word = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == ' ' || c == '-'; };
  if (std::ranges::all_of(name, is_word)) return name;
  std::string out = "\"";
  for (const char c : name) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + '"';
}

std::string written(std::span<const Mailbox> mailboxes) {
  std::string out;
  for (const auto& [name, address] : mailboxes) {
    if (!out.empty()) out += "," + std::string(kFold);
    out += name.empty() ? address : display_name(name) + " <" + address + ">";
  }
  return out;
}

bool holds_addresses(std::string_view name) {
  for (const auto* one : {"from", "to", "cc", "reply-to", "sender"})
    if (same_text(name, one)) return true;
  return false;
}

bool is_our_own(std::string_view name) {
  for (const auto* one : {"content-type", "content-transfer-encoding", "mime-version", "bcc"})
    if (same_text(name, one)) return true;
  return false;
}

bool is_header_name(std::string_view name) {
  return !name.empty() && name.size() <= 76 &&
         std::ranges::all_of(name, [](char c) { return c > 0x20 && c < 0x7F && c != ':'; });
}

/// Names of groups and texts that are no list of addresses are written as any text is.
std::string value_of(std::string_view name, std::string_view text) {
  const auto line = header_line(text);
  if (holds_addresses(name)) {
    const auto mailboxes = parse_mailboxes(line);
    if (mailboxes && !mailboxes->empty()) return written(*mailboxes);
  }
  return unstructured(line, name.size() + 2);
}

std::string with_crlf(std::string_view text) {
  auto valid = valid_utf8(text);
  std::string out;
  out.reserve(valid.size() + valid.size() / 32);
  for (std::size_t i = 0; i < valid.size(); ++i) {
    if (valid[i] == '\r' && i + 1 < valid.size() && valid[i + 1] == '\n') continue;
    if (valid[i] == '\n' || valid[i] == '\r') {
      out += "\r\n";
    } else {
      out += valid[i];
    }
  }
  return out;
}

/// 32 hex digits of SHA-256 over texts and their lengths.
std::string digest(std::span<const std::string_view> texts) {
  std::string all;
  for (const auto text : texts) {
    all += fmt::format("{}:", text.size());
    all += text;
  }
  std::array<unsigned char, EVP_MAX_MD_SIZE> bytes{};
  unsigned length = 0;
  EVP_Digest(all.data(), all.size(), bytes.data(), &length, EVP_sha256(), nullptr);
  std::string out;
  for (const auto byte : std::span(bytes).first(16)) out += fmt::format("{:02x}", byte);
  return out;
}

std::string message_id(const Email& email, std::string_view domain) {
  if (!email.message_id.empty()) return "<" + email.message_id + ">";
  const auto date = mail_date(email.date);
  std::vector<std::string_view> texts{email.from, email.to, email.text, email.html, date};
  for (const auto& [name, value] : email.headers) {
    texts.push_back(name);
    texts.push_back(value);
  }
  return fmt::format("<{}@{}>", digest(texts), domain);
}

/// The headers so far, and which are there.
class Headers {
 public:
  void add(std::string_view name, std::string_view text) {
    const auto value = value_of(name, text);
    if (value.empty() || is_our_own(name) || !names_.insert(lower_case(name)).second) return;
    lines_.push_back(std::string(name) + ": " + value);
  }

  std::vector<std::string> take() { return std::move(lines_); }

 private:
  std::vector<std::string> lines_;
  std::set<std::string> names_;
};

}  // namespace

std::string mail_date(Timestamp time) {
  static constexpr std::array<std::string_view, 7> kDays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr std::array<std::string_view, 12> kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                            "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(std::chrono::floor<std::chrono::seconds>(time - day));
  return fmt::format("{}, {:02} {} {:04} {:02}:{:02}:{:02} +0000", kDays.at(std::chrono::weekday(day).c_encoding()),
                     static_cast<unsigned>(date.day()), kMonths.at(static_cast<unsigned>(date.month()) - 1),
                     static_cast<int>(date.year()), clock.hours().count(), clock.minutes().count(),
                     clock.seconds().count());
}

bool is_too_large(const Email& email) {
  std::size_t headers = email.from.size() + email.to.size() + email.message_id.size();
  for (const auto& [name, value] : email.headers) headers += name.size() + value.size();
  return email.text.size() > kMostBody || email.html.size() > kMostBody || headers > kMostHeaders;
}

Result<ComposedEmail> compose(const Email& email) {
  const auto from = parse_mailboxes(email.from);
  if (!from) return failure("from: " + from.error().message);
  if (from->size() != 1) return failure("from: found " + std::to_string(from->size()) + " addresses, expected one");
  const auto to = parse_mailboxes(email.to);
  if (!to) return failure("to: " + to.error().message);
  if (to->empty()) return failure("to: found no address, expected at least one");

  ComposedEmail out;
  out.sender = from->front().address;
  for (const auto& mailbox : *to)
    if (std::ranges::find(out.recipients, mailbox.address) == out.recipients.end())
      out.recipients.push_back(mailbox.address);

  Headers headers;
  for (const auto& [name, value] : email.headers) {
    if (!is_header_name(name)) return failure("headers: found " + quote(name) + ", expected the name of a header");
    headers.add(name, value);
  }
  const auto domain = out.sender.substr(out.sender.rfind('@') + 1);
  headers.add("From", email.from);
  headers.add("To", email.to);
  headers.add("Subject", "Notification");
  headers.add("Date", mail_date(email.date));
  headers.add("Message-Id", message_id(email, domain));
  if (!email.thread.empty()) {
    const std::array<std::string_view, 1> thread{email.thread};
    const auto root = fmt::format("<{}.thread@{}>", digest(thread), domain);
    headers.add("References", root);
    headers.add("In-Reply-To", root);
  }
  out.headers = headers.take();
  out.text = with_crlf(email.text);
  out.html = with_crlf(email.html);
  return out;
}

}  // namespace a2od
