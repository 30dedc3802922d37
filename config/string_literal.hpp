// What a quoted string of PromQL means: Go's escapes in single and double quotes, none in backquotes.
#pragma once

#include <cstddef>
#include <expected>
#include <string>
#include <string_view>

namespace a2od {

struct StringLiteralText {
  std::string text;
  std::size_t end = 0;  ///< behind the closing quote
};

/// `text[begin]` is the opening quote. The error is a sentence.
[[nodiscard]] std::expected<StringLiteralText, std::string> read_string(std::string_view text, std::size_t begin);

}  // namespace a2od
