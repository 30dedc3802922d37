// How a document is kept and put together, without yaml-cpp: nodes, limits, duplicate keys, aliases and merges.
#pragma once

#include "config/document.hpp"

#include <cstdint>
#include <map>
#include <optional>

namespace a2od {

struct Node::Data {
  Kind kind = Kind::null;
  bool quoted = false;
  Position position;
  std::string text;
  std::vector<Node> items;
  std::vector<Entry> entries;
  /// Of a scalar: the file's text, and the byte in it at which the scalar begins.
  std::shared_ptr<const std::string> source;
  std::size_t source_start = 0;
};

/// A fault behind which reading makes no sense.
struct Refused {
  Position where;
  std::string message;
};

/// Puts nodes together in the order in which they stand in the file. Throws Refused where a limit is passed.
class TreeBuilder {
 public:
  explicit TreeBuilder(std::string file) : file_(std::move(file)) {}

  /// Anchors are numbered from 1 by whoever reads the file; 0 is none.
  void scalar(Node::Data data, std::size_t anchor);
  void open(Node::Kind kind, Position position, std::size_t anchor);
  void close();
  void alias(Position position, std::size_t anchor);

  /// Where an empty value counts as standing: at its key, or where the list around it begins.
  [[nodiscard]] Position position_of_nothing() const;
  /// A fault that lets reading go on. Throws Refused where there are too many of them.
  void report(Position where, std::string message);
  /// The fault that ended reading.
  void refuse(Refused refused);

  /// The document, or its problems where one of them ended reading.
  [[nodiscard]] std::expected<Document, Problems> take();

 private:
  /// A finished node, with what it costs to follow an alias to it.
  struct Finished {
    Node node;
    std::size_t nodes = 1;
    std::size_t levels = 0;
  };
  struct Key {
    std::string text;
    Position position;
    enum class Use { value, merge, none } use = Use::value;
  };
  struct Frame {
    std::shared_ptr<Node::Data> data;
    std::size_t anchor = 0;
    std::size_t nodes_before = 0;
    std::size_t levels = 1;
    std::optional<Key> key;
    std::map<std::string, Position, std::less<>> seen;
    std::vector<Node> merges;
  };

  void count(std::size_t nodes, Position where);
  void check_depth(std::size_t levels, Position where) const;
  void finish(Finished finished, std::size_t anchor);
  void add_to_mapping(Frame& frame, const Node& node);
  Key read_key(Frame& frame, const Node& node);
  void add_merge(Frame& frame, const Node& node);
  static void apply_merges(Frame& frame);

  std::string file_;
  Problems problems_;
  std::vector<Frame> open_;
  std::map<std::size_t, Finished> anchors_;
  std::size_t nodes_ = 0;
  bool refused_ = false;
  Node root_;
};

}  // namespace a2od
