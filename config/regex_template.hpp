// A regular expression for whole texts, and texts made of what its groups matched: relabelling and label_replace.
#pragma once

#include "config/result.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace re2 {
class RE2;
}

namespace a2od {

/// Immutable, and cheap to copy; safe to use from several threads.
class RegexTemplate {
 public:
  /// A dot matches everything. Refused is what RE2 does not accept, is longer than 64 KiB or needs more than 8 MiB; the
  /// error is RE2's own, or says which.
  [[nodiscard]] static Result<RegexTemplate> make(const std::string& regex, std::vector<std::string> templates);

  [[nodiscard]] bool matches(std::string_view text) const;

  /// Each template as Go's Regexp.Expand fills it: $1, $name, ${name}, $$. Nothing where the text does not match.
  [[nodiscard]] std::optional<std::vector<std::string>> expand(std::string_view text) const;

 private:
  /// A literal, then a group; without a group behind the last literal.
  struct Piece {
    std::string literal;
    std::optional<int> group;
  };
  using Pieces = std::vector<Piece>;

  static Pieces parse(std::string_view text, const re2::RE2& regex);

  std::shared_ptr<const re2::RE2> regex_;
  std::shared_ptr<const std::vector<Pieces>> templates_;
};

}  // namespace a2od
