#include "config/document_tree.hpp"

#include "config/quote.hpp"

#include <algorithm>

namespace a2od {
namespace {

constexpr std::size_t kMostNodes = 1'000'000;
constexpr std::size_t kMostLevels = 100;
constexpr std::size_t kMostProblems = 1'000;
constexpr std::string_view kMergeKey = "<<";

}  // namespace

void TreeBuilder::report(Position where, std::string message) {
  if (problems_.size() == kMostProblems) throw Refused{where, "too many problems, the rest is not read"};
  problems_.push_back({file_, where, std::move(message)});
}

void TreeBuilder::refuse(Refused refused) {
  refused_ = true;
  problems_.push_back({file_, refused.where, std::move(refused.message)});
}

std::expected<Document, Problems> TreeBuilder::take() {
  sort_by_position(problems_);
  if (refused_) return std::unexpected(std::move(problems_));
  return Document{std::move(file_), std::move(root_), std::move(problems_)};
}

void TreeBuilder::count(std::size_t nodes, Position where) {
  nodes_ += nodes;
  if (nodes_ > kMostNodes) {
    throw Refused{where, "over 1000000 values after aliases are followed, expected a smaller file"};
  }
}

void TreeBuilder::check_depth(std::size_t levels, Position where) const {
  if (open_.size() + levels > kMostLevels) throw Refused{where, "nested deeper than 100 levels"};
}

Position TreeBuilder::position_of_nothing() const {
  if (open_.empty()) return {1, 1};
  const auto& frame = open_.back();
  return frame.key ? frame.key->position : frame.data->position;
}

void TreeBuilder::scalar(Node::Data data, std::size_t anchor) {
  count(1, data.position);
  finish({Node(std::make_shared<const Node::Data>(std::move(data)))}, anchor);
}

void TreeBuilder::open(Node::Kind kind, Position position, std::size_t anchor) {
  check_depth(1, position);
  Frame frame;
  frame.data = std::make_shared<Node::Data>();
  frame.anchor = anchor;
  frame.nodes_before = nodes_;
  frame.data->kind = kind;
  frame.data->position = position;
  count(1, position);
  open_.push_back(std::move(frame));
}

void TreeBuilder::close() {
  auto frame = std::move(open_.back());
  open_.pop_back();
  apply_merges(frame);
  finish({Node(std::move(frame.data)), nodes_ - frame.nodes_before, frame.levels}, frame.anchor);
}

void TreeBuilder::alias(Position position, std::size_t anchor) {
  const auto known = anchors_.find(anchor);
  if (known == anchors_.end()) throw Refused{position, "alias to a value that contains it"};
  count(known->second.nodes, position);
  check_depth(known->second.levels, position);
  finish(known->second, 0);
}

void TreeBuilder::finish(Finished finished, std::size_t anchor) {
  if (anchor != 0) anchors_.insert_or_assign(anchor, finished);
  if (open_.empty()) {
    root_ = finished.node;
    return;
  }
  auto& frame = open_.back();
  frame.levels = std::max(frame.levels, finished.levels + 1);
  if (frame.data->kind == Node::Kind::sequence) {
    frame.data->items.push_back(std::move(finished.node));
  } else {
    add_to_mapping(frame, finished.node);
  }
}

void TreeBuilder::add_to_mapping(Frame& frame, const Node& node) {
  if (!frame.key) {
    frame.key = read_key(frame, node);
    return;
  }
  const auto key = std::exchange(frame.key, std::nullopt);
  if (key->use == Key::Use::merge) add_merge(frame, node);
  if (key->use == Key::Use::value) frame.data->entries.push_back({key->text, key->position, node});
}

TreeBuilder::Key TreeBuilder::read_key(Frame& frame, const Node& node) {
  Key key{.text = node.text(), .position = node.position()};
  if (node.kind() != Node::Kind::scalar) {
    report(key.position, node.kind() == Node::Kind::null ? "a key may not be null, write it in quotes"
                                                         : "a key must be text, found a list or a mapping");
    key.use = Key::Use::none;
    return key;
  }
  const auto [first, is_new] = frame.seen.emplace(key.text, key.position);
  if (!is_new) {
    report(key.position, "key " + quote(key.text) + " is given twice, first in line " +
                             std::to_string(first->second.line) + "; expected it once");
    key.use = Key::Use::none;
  } else if (key.text == kMergeKey && !node.quoted()) {
    key.use = Key::Use::merge;
  }
  return key;
}

void TreeBuilder::add_merge(Frame& frame, const Node& node) {
  const auto is_mapping = [](const Node& one) { return one.kind() == Node::Kind::mapping; };
  if (is_mapping(node)) {
    frame.merges.push_back(node);
  } else if (node.kind() == Node::Kind::sequence && std::ranges::all_of(node.items(), is_mapping)) {
    frame.merges.insert(frame.merges.end(), node.items().begin(), node.items().end());
  } else {
    report(node.position(), "'<<' merges a mapping or a list of mappings, found something else");
  }
}

/// Keys written beside `<<` win over merged ones, wherever they stand; among merged mappings the first wins.
void TreeBuilder::apply_merges(Frame& frame) {
  for (const auto& mapping : frame.merges) {
    for (const auto& entry : mapping.entries()) {
      if (frame.seen.emplace(entry.key, entry.position).second) frame.data->entries.push_back(entry);
    }
  }
}

}  // namespace a2od
