// A YAML document as values with positions: what every reader of YAML here starts from. yaml-cpp stays behind it.
#pragma once

#include "config/problem.hpp"

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace a2od {

/// One value of a document. Cheap to copy: shares the document's immutable tree.
class Node {
 public:
  enum class Kind { null, scalar, sequence, mapping };
  struct Entry;

  Node();
  [[nodiscard]] Kind kind() const;
  [[nodiscard]] Position position() const;
  /// The text of a scalar, empty for other kinds.
  [[nodiscard]] const std::string& text() const;
  /// Whether a scalar was written in quotes or as a block: such a text is never a number, a boolean or null.
  [[nodiscard]] bool quoted() const;
  [[nodiscard]] std::span<const Node> items() const;
  [[nodiscard]] std::span<const Entry> entries() const;
  /// The value of a key of a mapping, nullptr where there is none.
  [[nodiscard]] const Node* find(std::string_view key) const;
  /// Where byte `offset` of text() stands in the file: block scalars, folded ones included, are mapped through their
  /// indentation, so that errors inside an `expr: |` point at the right place.
  [[nodiscard]] Position position_of(std::size_t offset) const;

  struct Data;
  explicit Node(std::shared_ptr<const Data> data);

 private:
  std::shared_ptr<const Data> data_;
};

struct Node::Entry {
  std::string key;
  Position position;
  Node value;
};

struct Document {
  std::string file;
  Node root;
  /// Duplicate keys, keys that are not text, unknown tags: reading went on without them, so that whoever reads the
  /// document can report them together with faults of its own. Nobody may take a document that has some.
  Problems problems;
  std::optional<Position> left_out = {};  ///< from where on the file has not been read: see Documents::first
};

/// What a file may have.
enum class Documents {
  one,    ///< a second one is an error
  first,  ///< what follows the first is left out
};

/// Reads one YAML document. An error only where there is nothing to read further: syntax, a second document, over
/// 16 MiB, over 1,000,000 nodes after aliases are followed, over 100 levels. `<<` merges are applied.
[[nodiscard]] std::expected<Document, Problems> parse_document(std::string file, std::string_view text,
                                                               Documents documents = Documents::one);
[[nodiscard]] std::expected<Document, Problems> read_document(const std::string& path,
                                                              Documents documents = Documents::one);

/// The known name nearest to `name`, empty when none is near (edit distance over 2, or over a third of its length).
[[nodiscard]] std::string_view nearest(std::string_view name, std::span<const std::string_view> known);

}  // namespace a2od
