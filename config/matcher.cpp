#include "config/matcher.hpp"

#include "config/quote.hpp"

#include <re2/re2.h>

#include <algorithm>
#include <utility>

namespace a2od {
namespace {

constexpr std::size_t kMaxRegexBytes = 64 * 1024;
/// Alertmanager's matchers come in requests, many at a time.
constexpr std::int64_t max_memory(Dot dot) { return dot == Dot::everything ? 8 << 20 : 1 << 20; }

re2::RE2::Options regex_options(Dot dot) {
  re2::RE2::Options options;
  options.set_dot_nl(dot == Dot::everything);
  options.set_log_errors(false);
  options.set_max_mem(max_memory(dot));
  return options;
}

}  // namespace

std::string_view to_string(MatchType type) {
  switch (type) {
    case MatchType::equal:
      return "=";
    case MatchType::not_equal:
      return "!=";
    case MatchType::regex:
      return "=~";
    case MatchType::not_regex:
      return "!~";
  }
  return "=";
}

std::optional<MatchType> match_type(std::string_view text) {
  for (const auto type : {MatchType::equal, MatchType::not_equal, MatchType::regex, MatchType::not_regex})
    if (to_string(type) == text) return type;
  return std::nullopt;
}

Matcher::Matcher(MatchType type, std::string name, std::string value)
    : type_(type), name_(std::move(name)), value_(std::move(value)) {}

Matcher Matcher::equal(std::string name, std::string value) {
  return {MatchType::equal, std::move(name), std::move(value)};
}

Result<Matcher> Matcher::make(MatchType type, std::string name, std::string value, Dot dot) {
  Matcher matcher(type, std::move(name), std::move(value));
  if (type == MatchType::equal || type == MatchType::not_equal) return matcher;
  if (matcher.value_.size() > kMaxRegexBytes) {
    return failure("regular expression for label '" + matcher.name_ + "' is longer than 65536 bytes");
  }
  auto regex = std::make_shared<const re2::RE2>(matcher.value_, regex_options(dot));
  if (!regex->ok()) {
    return failure("regular expression " + double_quoted(matcher.value_) + " for label '" + matcher.name_ +
                   "': " + regex->error());
  }
  matcher.regex_ = std::move(regex);
  return matcher;
}

bool Matcher::matches(std::string_view text) const {
  switch (type_) {
    case MatchType::equal:
      return text == value_;
    case MatchType::not_equal:
      return text != value_;
    case MatchType::regex:
      return re2::RE2::FullMatch(re2::StringPiece(text.data(), text.size()), *regex_);
    case MatchType::not_regex:
      return !re2::RE2::FullMatch(re2::StringPiece(text.data(), text.size()), *regex_);
  }
  return false;
}

std::string Matcher::to_string() const { return name_ + std::string(a2od::to_string(type_)) + double_quoted(value_); }

bool Matcher::operator==(const Matcher& other) const {
  return type_ == other.type_ && name_ == other.name_ && value_ == other.value_;
}

}  // namespace a2od
