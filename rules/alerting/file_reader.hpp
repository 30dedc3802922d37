// What readers of rule files and of their unit tests have in common: pieces of a document, every fault reported.
#pragma once

#include "config/document.hpp"
#include "config/time.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace a2od {

/// Reads one document, which must outlive it, and gathers everything that is wrong with it.
class FileReader {
 public:
  explicit FileReader(const Document& document) : document_(document), problems_(document.problems) {}

  /// From the top of the file down.
  [[nodiscard]] Problems take_problems();

 protected:
  using Names = std::span<const std::string_view>;

  [[nodiscard]] const Node& root() const { return document_.root; }
  [[nodiscard]] const std::string& file() const { return document_.file; }
  void report(Position where, std::string message) { problems_.push_back({document_.file, where, std::move(message)}); }

  /// Whether the node is a mapping; its unknown keys are reported.
  bool is_mapping(const Node& node, std::string_view what, Names known);
  [[nodiscard]] std::span<const Node> items(const Node& parent, std::string_view key);
  std::string read_text(const Node& parent, std::string_view key);
  std::optional<Milliseconds> read_duration(const Node& parent, std::string_view key);

 private:
  const Document& document_;
  Problems problems_;
};

}  // namespace a2od
