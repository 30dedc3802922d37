#include "daemon/notify/receivers/email_address.hpp"

#include "config/quote.hpp"
#include "config/text.hpp"

#include <cctype>
#include <cstddef>
#include <optional>

namespace a2od {
namespace {

constexpr std::size_t kMostBytes = 65536;
constexpr std::size_t kMostMailboxes = 100;
constexpr std::size_t kLongestLocalPart = 64;
constexpr std::size_t kLongestDomain = 255;

bool is_ascii(char c) { return static_cast<unsigned char>(c) < 0x80; }

/// RFC 5322's atext and the dot; what is not ASCII is let through, since it may stand in names.
bool is_atom(char c) {
  if (!is_ascii(c)) return true;
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || std::string_view("!#$%&'*+-/=?^_`{|}~.").contains(c);
}

bool is_dot_atom(std::string_view text) {
  return !text.empty() && !text.starts_with('.') && !text.ends_with('.') && !text.contains("..");
}

bool is_host(std::string_view domain) {
  if (!is_dot_atom(domain)) return false;
  for (const char c : domain)
    if (std::isalnum(static_cast<unsigned char>(c)) == 0 && c != '-' && c != '.' && c != '_') return false;
  return true;
}

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  Result<std::vector<Mailbox>> list() {
    std::vector<Mailbox> all;
    for (;;) {
      skip_space();
      while (take(',')) skip_space();
      if (at_end()) return all;
      auto mailbox = one();
      if (!mailbox) return failure(error_);
      all.push_back(std::move(*mailbox));
      if (all.size() > kMostMailboxes) return failure("more than 100 addresses");
      skip_space();
      if (!at_end() && peek() != ',')
        return failure("expected a comma after " + quote(all.back().address) + ", found " + quote(rest()));
    }
  }

 private:
  [[nodiscard]] bool at_end() const { return at_ >= text_.size(); }
  [[nodiscard]] char peek() const { return text_[at_]; }
  [[nodiscard]] std::string_view rest() const { return text_.substr(at_, 40); }
  bool take(char c) {
    if (at_end() || peek() != c) return false;
    ++at_;
    return true;
  }
  std::nullopt_t fail(std::string message) {
    error_ = std::move(message);
    return std::nullopt;
  }

  /// Spaces, line breaks of folded headers and comments.
  void skip_space() {
    std::size_t depth = 0;
    for (; !at_end(); ++at_) {
      const char c = peek();
      if (c == '(') {
        ++depth;
      } else if (c == ')' && depth > 0) {
        --depth;
      } else if (depth == 0 && !std::isspace(static_cast<unsigned char>(c))) {
        return;
      }
    }
  }

  /// `name <address>` or `address`.
  std::optional<Mailbox> one() {
    std::string name;
    for (;;) {
      skip_space();
      if (take('<')) return in_brackets(std::move(name));
      const auto start = at_;
      auto word = this->word();
      if (!word) return std::nullopt;
      if (name.empty() && take('@')) return address(text_.substr(start, at_ - 1 - start), "");
      if (!name.empty()) name += ' ';
      name += *word;
    }
  }

  std::optional<Mailbox> in_brackets(std::string name) {
    const auto start = at_;
    if (!word()) return std::nullopt;
    const auto local = text_.substr(start, at_ - start);
    if (!take('@')) return fail("expected an address such as ops@contoso.com, found " + quote(local));
    auto mailbox = address(local, std::move(name));
    if (mailbox && !take('>')) return fail("expected > after " + quote(mailbox->address));
    return mailbox;
  }

  /// An atom, or what stands in quotes, without them.
  std::optional<std::string> word() {
    if (take('"')) return quoted();
    const auto start = at_;
    while (!at_end() && is_atom(peek())) ++at_;
    if (at_ == start) {
      return fail(at_end() ? "expected an address such as ops@contoso.com, found " + quote(text_.substr(0, 80))
                           : "expected an address such as ops@contoso.com, found " + quote(rest()));
    }
    return std::string(text_.substr(start, at_ - start));
  }

  std::optional<std::string> quoted() {
    std::string out;
    while (!at_end()) {
      char c = text_[at_++];
      if (c == '"') return out;
      if (c == '\\' && !at_end()) c = text_[at_++];
      if (is_control(c)) return fail("found a control character within quotes");
      out += c;
    }
    return fail("a quotation mark is missing at the end");
  }

  std::optional<Mailbox> address(std::string_view local, std::string name) {
    const auto start = at_;
    if (take('[')) {
      while (!at_end() && (std::isalnum(static_cast<unsigned char>(peek())) != 0 || peek() == ':' || peek() == '.'))
        ++at_;
      if (!take(']')) return fail("expected an address in brackets such as [192.0.2.1], found " + quote(rest()));
    } else {
      while (!at_end() && is_atom(peek())) ++at_;
    }
    const auto domain = text_.substr(start, at_ - start);
    const auto written = std::string(local) + "@" + std::string(domain);
    for (const char c : written)
      if (!is_ascii(c))
        return fail("found " + quote(written) +
                    ", expected an address in ASCII, as mail is sent without SMTPUTF8; write a domain as xn--…");
    if (!domain.starts_with('[') && !is_host(domain))
      return fail("found " + quote(written) + ", expected a domain after the @");
    if (!local.starts_with('"') && !is_dot_atom(local))
      return fail("found " + quote(written) + ", expected no dot at the ends and none beside another before the @");
    if (local.size() > kLongestLocalPart || domain.size() > kLongestDomain)
      return fail("found " + quote(written) + ", expected at most 64 bytes before the @ and 255 behind it");
    return Mailbox{std::move(name), written};
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::string error_;
};

}  // namespace

Result<std::vector<Mailbox>> parse_mailboxes(std::string_view text) {
  if (text.size() > kMostBytes) return failure("more than 64 KiB of addresses");
  return Parser(text).list();
}

}  // namespace a2od
