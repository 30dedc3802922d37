#include "rules/alerting/template/text.hpp"

#include "rules/alerting/template/functions.hpp"

#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <vector>

namespace a2od::templates {
namespace {

bool is_ascii_letter(char byte) { return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z'); }
bool is_digit(char byte) { return byte >= '0' && byte <= '9'; }
bool is_word(char byte) { return is_ascii_letter(byte) || is_digit(byte) || byte == '_' || (byte & 0x80) != 0; }

enum class Case { upper, lower };

/// Changes the letter that begins at `index`: one byte of ASCII, or two of Latin-1 (U+00C0 to U+00DE and 0x20 above).
void change_case(std::string& text, std::size_t index, Case to) {
  const char byte = text[index];
  if (to == Case::upper && byte >= 'a' && byte <= 'z') text[index] = static_cast<char>(byte - 0x20);
  if (to == Case::lower && byte >= 'A' && byte <= 'Z') text[index] = static_cast<char>(byte + 0x20);
  if (static_cast<unsigned char>(byte) != 0xC3 || index + 1 >= text.size()) return;
  const auto second = static_cast<unsigned char>(text[index + 1]);
  const bool lower = second >= 0xA0 && second <= 0xBE && second != 0xB7;
  const bool upper = second >= 0x80 && second <= 0x9E && second != 0x97;
  if (to == Case::upper && lower) text[index + 1] = static_cast<char>(second - 0x20);
  if (to == Case::lower && upper) text[index + 1] = static_cast<char>(second + 0x20);
}

std::string in_case(std::string_view text, Case to) {
  std::string changed(text);
  for (std::size_t index = 0; index < changed.size(); ++index) change_case(changed, index, to);
  return changed;
}

Result<void> check(const re2::RE2& regex) {
  if (regex.ok()) return {};
  return failure(fmt::format("bad regular expression: {}", regex.error()));
}

re2::RE2::Options options() {
  re2::RE2::Options options;
  options.set_log_errors(false);
  return options;
}

using Groups = std::vector<re2::StringPiece>;

std::string_view group_named(const re2::RE2& regex, const Groups& groups, std::string_view name) {
  std::size_t index = 0;
  const auto read = std::from_chars(name.data(), name.data() + name.size(), index);
  if (read.ec != std::errc() || read.ptr != name.data() + name.size()) {
    const auto& names = regex.NamedCapturingGroups();
    const auto found = names.find(std::string(name));
    if (found == names.end()) return {};
    index = static_cast<std::size_t>(found->second);
  }
  if (index >= groups.size() || groups[index].data() == nullptr) return {};
  return {groups[index].data(), groups[index].size()};
}

/// The name behind a $ of a replacement, and where the text goes on; none where the $ stands for itself.
std::optional<std::string_view> group_name(std::string_view replacement, std::size_t& position) {
  const bool braces = position < replacement.size() && replacement[position] == '{';
  std::size_t end = position + (braces ? 1 : 0);
  const std::size_t begin = end;
  while (end < replacement.size() && is_word(replacement[end])) ++end;
  if (end == begin || (braces && (end >= replacement.size() || replacement[end] != '}'))) return std::nullopt;
  position = end + (braces ? 1 : 0);
  return replacement.substr(begin, end - begin);
}

void append_expanded(std::string& output, std::string_view replacement, const re2::RE2& regex, const Groups& groups) {
  std::size_t position = 0;
  while (position < replacement.size()) {
    const std::size_t dollar = std::min(replacement.find('$', position), replacement.size());
    output += replacement.substr(position, dollar - position);
    if (dollar == replacement.size()) return;
    position = dollar + 1;
    if (position < replacement.size() && replacement[position] == '$') {
      output += '$';
      ++position;
    } else if (const auto name = group_name(replacement, position)) {
      output += group_named(regex, groups, *name);
    } else {
      output += '$';
    }
  }
}

struct HostPort {
  std::string host;
  std::string port;
};

/// Go's net.SplitHostPort.
std::optional<HostPort> split_host_port(std::string_view address) {
  const std::size_t colon = address.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  std::string_view host = address.substr(0, colon);
  if (address.starts_with('[')) {
    const std::size_t end = address.find(']');
    if (end == std::string_view::npos || end + 1 != colon) return std::nullopt;
    host = address.substr(1, end - 1);
  } else if (host.contains(':')) {
    return std::nullopt;
  }
  if (host.find_first_of("[]") != std::string_view::npos) return std::nullopt;
  return HostPort{std::string(host), std::string(address.substr(colon + 1))};
}

bool is_ip_address(std::string_view host) {
  if (host.contains(':')) return host.find_first_not_of("0123456789abcdefABCDEF:.") == std::string_view::npos;
  return host.find_first_not_of("0123456789.") == std::string_view::npos && std::ranges::count(host, '.') == 3;
}

}  // namespace

std::string to_upper(std::string_view text) { return in_case(text, Case::upper); }
std::string to_lower(std::string_view text) { return in_case(text, Case::lower); }

std::string title(std::string_view text) {
  std::string changed(text);
  bool in_word = false;
  for (std::size_t index = 0; index < changed.size(); ++index) {
    const char byte = changed[index];
    const bool joins = byte == '\'' || byte == '.' || byte == ':';
    if (is_word(byte) && !is_digit(byte) && byte != '_') {
      if (!in_word) change_case(changed, index, Case::upper);
      in_word = true;
    } else if (!is_word(byte) && !joins) {
      in_word = false;
    }
  }
  return changed;
}

Result<bool> matches(std::string_view pattern, std::string_view text) {
  const re2::RE2 regex(re2::StringPiece(pattern.data(), pattern.size()), options());
  if (auto checked = check(regex); !checked) return std::unexpected(checked.error());
  return re2::RE2::PartialMatch(re2::StringPiece(text.data(), text.size()), regex);
}

Result<std::string> replace_all(std::string_view pattern, std::string_view replacement, std::string_view text) {
  const re2::RE2 regex(re2::StringPiece(pattern.data(), pattern.size()), options());
  if (auto checked = check(regex); !checked) return std::unexpected(checked.error());
  const re2::StringPiece input(text.data(), text.size());
  Groups groups(static_cast<std::size_t>(regex.NumberOfCapturingGroups()) + 1);
  std::string output;
  std::size_t position = 0;
  std::size_t copied = 0;
  while (position <= text.size() && regex.Match(input, position, text.size(), re2::RE2::UNANCHORED, groups.data(),
                                                static_cast<int>(groups.size()))) {
    const auto begin = static_cast<std::size_t>(groups[0].data() - text.data());
    const std::size_t end = begin + groups[0].size();
    const bool touches_last = begin == end && begin == copied && copied > 0;
    if (!touches_last) {
      output += text.substr(copied, begin - copied);
      append_expanded(output, replacement, regex, groups);
      if (output.size() > kLongestText) return failure(fmt::format("a text of more than {} bytes", kLongestText));
      copied = end;
    }
    position = begin == end ? end + 1 : end;
  }
  output += text.substr(std::min(copied, text.size()));
  return output;
}

std::string strip_port(std::string_view address) {
  const auto split = split_host_port(address);
  return split ? split->host : std::string(address);
}

std::string strip_domain(std::string_view address) {
  const auto split = split_host_port(address);
  const std::string host = split ? split->host : std::string(address);
  if (is_ip_address(host)) return std::string(address);
  const std::string first = host.substr(0, host.find('.'));
  return split ? first + ":" + split->port : first;
}

std::string escape_query(std::string_view text) {
  std::string escaped;
  for (const char byte : text) {
    if (is_ascii_letter(byte) || is_digit(byte) || std::string_view("-_.~").contains(byte)) {
      escaped += byte;
    } else if (byte == ' ') {
      escaped += '+';
    } else {
      escaped += fmt::format("%{:02X}", static_cast<unsigned char>(byte));
    }
  }
  return escaped;
}

std::string escape_html(std::string_view text) {
  std::string escaped;
  for (const char byte : text) {
    switch (byte) {
      case '<':
        escaped += "&lt;";
        break;
      case '>':
        escaped += "&gt;";
        break;
      case '&':
        escaped += "&amp;";
        break;
      case '"':
        escaped += "&#34;";
        break;
      case '\'':
        escaped += "&#39;";
        break;
      default:
        escaped += byte;
    }
  }
  return escaped;
}

std::string escape_js(std::string_view text) {
  std::string escaped;
  for (const char byte : text) {
    if (byte == '\\' || byte == '\'' || byte == '"') {
      escaped += {'\\', byte};
    } else if (std::string_view("<>&=").contains(byte) || static_cast<unsigned char>(byte) < 0x20 || byte == 0x7F) {
      escaped += fmt::format("\\u{:04X}", static_cast<unsigned char>(byte));
    } else {
      escaped += byte;
    }
  }
  return escaped;
}

std::string table_link(std::string_view expression) {
  return fmt::format("/graph?g0.expr={}&g0.tab=1", escape_query(expression));
}

std::string graph_link(std::string_view expression) {
  return fmt::format("/graph?g0.expr={}&g0.tab=0", escape_query(expression));
}

std::string path_of(std::string_view url) {
  const std::size_t scheme = url.find("://");
  const std::size_t path = url.find('/', scheme == std::string_view::npos ? 0 : scheme + 3);
  if (path == std::string_view::npos) return "";
  std::string found(url.substr(path, url.find_first_of("?#", path) - path));
  while (found.ends_with('/')) found.pop_back();
  return found;
}

}  // namespace a2od::templates
