// Where each byte of a YAML scalar's text stands in the source: undoes indentation, folding and escapes.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

namespace a2od {

/// `length` bytes of the text, from `text` on, are the bytes of the source from `source` on.
struct ScalarRun {
  std::size_t text = 0;
  std::size_t source = 0;
  std::size_t length = 0;
  bool operator==(const ScalarRun&) const = default;
};

/// The runs of a scalar that begins at byte `start` of `source`, on its quote, its '|' or '>' or its first letter, and
/// was read as `text`. Ends early where source and text differ; empty where they have nothing in common.
[[nodiscard]] std::vector<ScalarRun> align_scalar(std::string_view source, std::size_t start, std::string_view text);

/// The byte of the source that byte `offset` of the text was written as. What was folded away counts to the end of the
/// run before it, and without any run the answer is `start`.
[[nodiscard]] std::size_t source_offset(const std::vector<ScalarRun>& runs, std::size_t start, std::size_t offset);

}  // namespace a2od
