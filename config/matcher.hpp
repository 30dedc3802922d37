// What a selector asks of one label: equal, different, or (not) matched by an anchored regular expression.
#pragma once

#include "config/result.hpp"

#include <algorithm>
#include <concepts>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace re2 {
class RE2;
}

namespace a2od {

enum class MatchType { equal, not_equal, regex, not_regex };
[[nodiscard]] std::string_view to_string(MatchType type);
/// Of "=", "!=", "=~" or "!~".
[[nodiscard]] std::optional<MatchType> match_type(std::string_view text);

/// What a dot in a regular expression matches: in Prometheus' selectors everything, in Alertmanager's matchers all but
/// a line break.
enum class Dot { everything, one_line };

/// A label set: the value of each name, empty where it has none.
template <class T>
concept LabelSet = requires(const T& labels, std::string_view name) {
  { labels.get(name) } -> std::convertible_to<std::string_view>;
};

/// Immutable and cheap to copy; safe to use from several threads.
class Matcher {
 public:
  /// Fails for a regular expression that RE2 does not accept, or that is longer than 64 KiB or needs more than 8 MiB (1
  /// MiB where a dot is of one line).
  [[nodiscard]] static Result<Matcher> make(MatchType type, std::string name, std::string value,
                                            Dot dot = Dot::everything);
  [[nodiscard]] static Matcher equal(std::string name, std::string value);

  [[nodiscard]] MatchType type() const { return type_; }
  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] const std::string& value() const { return value_; }

  /// A label that a series does not have is matched as the empty text.
  [[nodiscard]] bool matches(std::string_view text) const;
  [[nodiscard]] bool matches(const LabelSet auto& labels) const { return matches(labels.get(name_)); }

  /// name="value", as PromQL writes it.
  [[nodiscard]] std::string to_string() const;
  bool operator==(const Matcher& other) const;

 private:
  Matcher(MatchType type, std::string name, std::string value);

  MatchType type_;
  std::string name_;
  std::string value_;
  std::shared_ptr<const re2::RE2> regex_;
};

[[nodiscard]] bool matches_all(std::span<const Matcher> matchers, const LabelSet auto& labels) {
  return std::ranges::all_of(matchers, [&](const Matcher& matcher) { return matcher.matches(labels); });
}

}  // namespace a2od
