#include "config/document.hpp"

#include "config/document_tree.hpp"
#include "config/scalar_position.hpp"
#include "config/source_text.hpp"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <istream>
#include <streambuf>

namespace a2od {
namespace {

constexpr std::size_t kLargestFile = 16U << 20U;
/// What yaml-cpp may read beyond the value it last handed over. It keeps a whole flow collection as tokens, of 250
/// times its size, before it hands over the first value of it.
constexpr std::size_t kLargestLookahead = 1U << 20U;

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

/// Ends early, instead of letting yaml-cpp look too far ahead.
class BoundedInput : public std::streambuf {
 public:
  explicit BoundedInput(std::string_view text) : text_(text) {}

  void allow_from(std::size_t offset) { seen_ = std::max(seen_, offset); }
  [[nodiscard]] bool exceeded() const { return exceeded_; }
  [[nodiscard]] std::size_t seen() const { return seen_; }

 private:
  int_type underflow() override {
    if (read_ == text_.size()) return traits_type::eof();
    if (read_ > seen_ + kLargestLookahead) {
      exceeded_ = true;
      return traits_type::eof();
    }
    constexpr std::size_t kChunk = 4096;
    const auto length = std::min(kChunk, text_.size() - read_);
    // A streambuf wants writable memory; nothing is ever put back.
    auto* begin = const_cast<char*>(text_.data()) + read_;  // NOLINT(cppcoreguidelines-pro-type-const-cast)
    setg(begin, begin, begin + length);
    read_ += length;
    return traits_type::to_int_type(*begin);
  }

  std::string_view text_;
  std::size_t read_ = 0;
  std::size_t seen_ = 0;
  bool exceeded_ = false;
};

/// Turns byte offsets, which only ever grow, into positions.
class Cursor {
 public:
  explicit Cursor(std::string_view text) : text_(text) {}

  Position at(std::size_t offset) {
    if (offset < offset_) return position_after(text_, 0, {1, 1}, offset);
    position_ = position_after(text_, offset_, position_, offset);
    offset_ = offset;
    return position_;
  }

 private:
  std::string_view text_;
  std::size_t offset_ = 0;
  Position position_{1, 1};
};

/// The first byte of a node behind its anchor and tag, as in `&name !!str value`.
std::size_t skip_properties(std::string_view text, std::size_t at) {
  while (at < text.size() && (text[at] == '&' || text[at] == '!')) {
    if (text.substr(at).starts_with("!<")) at = std::min(text.find('>', at), text.size());
    at = std::min(text.find_first_of(" \t\r\n,[]{}", at), text.size());
    at = std::min(text.find_first_not_of(" \t\r\n", at), text.size());
    while (at < text.size() && text[at] == '#') {
      at = std::min(text.find('\n', at), text.size());
      at = std::min(text.find_first_not_of(" \t\r\n", at), text.size());
    }
  }
  return at;
}

bool begins_quoted(std::string_view text, std::size_t at) {
  return at < text.size() && std::string_view("'\"|>").contains(text[at]);
}

bool is_known_tag(std::string_view tag) {
  constexpr std::array<std::string_view, 10> kKnown = {
      "",
      "?",
      "!",
      "tag:yaml.org,2002:str",
      "tag:yaml.org,2002:int",
      "tag:yaml.org,2002:float",
      "tag:yaml.org,2002:bool",
      "tag:yaml.org,2002:null",
      "tag:yaml.org,2002:seq",
      "tag:yaml.org,2002:map",
  };
  return std::ranges::find(kKnown, tag) != kKnown.end();
}

/// Thrown where reading ends before the file does.
struct SecondDocument {
  Position where;
};

/// Hands yaml-cpp's events to the tree, with the positions that they really have.
class Events : public YAML::EventHandler {
 public:
  Events(std::shared_ptr<const std::string> source, BoundedInput& input, TreeBuilder& tree)
      : source_(std::move(source)), input_(input), tree_(tree), cursor_(*source_) {}

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (documents_++ == 0) return;
    throw SecondDocument{cursor_.at(offset_of(mark))};
  }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto at = skip_properties(*source_, offset_of(mark));
    const auto rest = std::string_view(*source_).substr(std::min(at, source_->size()));
    const bool written =
        rest.starts_with('~') || rest.starts_with("null") || rest.starts_with("Null") || rest.starts_with("NULL");
    Node::Data data;
    data.position = written ? cursor_.at(at) : tree_.position_of_nothing();
    tree_.scalar(std::move(data), anchor);
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    tree_.alias(cursor_.at(offset_of(mark)), anchor);
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    const auto begin = offset_of(mark);
    auto at = skip_properties(*source_, begin);
    const bool quoted = begins_quoted(*source_, at);
    if (value.empty() && !quoted) at = begin;
    Node::Data data;
    data.kind = Node::Kind::scalar;
    data.quoted = quoted || tag == "!" || tag == "tag:yaml.org,2002:str";
    data.position = cursor_.at(at);
    data.text = value;
    data.source = source_;
    data.source_start = at;
    check_tag(data.position, tag);
    tree_.scalar(std::move(data), anchor);
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value /*style*/) override {
    open(Node::Kind::sequence, mark, tag, anchor);
  }
  void OnSequenceEnd() override { tree_.close(); }

  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value /*style*/) override {
    open(Node::Kind::mapping, mark, tag, anchor);
  }
  void OnMapEnd() override { tree_.close(); }

 private:
  std::size_t offset_of(const YAML::Mark& mark) {
    const auto offset = mark.pos < 0 ? std::size_t{0} : static_cast<std::size_t>(mark.pos);
    input_.allow_from(offset);
    return offset;
  }

  void open(Node::Kind kind, const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor) {
    const auto position = cursor_.at(skip_properties(*source_, offset_of(mark)));
    check_tag(position, tag);
    tree_.open(kind, position, anchor);
  }

  void check_tag(Position where, const std::string& tag) {
    if (!is_known_tag(tag)) tree_.report(where, "unknown tag, expected a value without a tag");
  }

  std::shared_ptr<const std::string> source_;
  BoundedInput& input_;
  TreeBuilder& tree_;
  Cursor cursor_;
  int documents_ = 0;
};

/// yaml-cpp's words, and what most often leads to them.
std::string explain(const std::string& message) {
  struct Hint {
    std::string_view found;
    std::string_view advice;
  };
  constexpr std::array kHints = {
      Hint{"illegal map value", "; quote a text that contains ': ', and check the indentation"},
      Hint{"unknown token", "; quote a text that begins with @, ` or %, and indent with spaces, not tabs"},
      Hint{"the referenced anchor is not defined", "; quote a text that begins with *"},
      Hint{"end of map not found", "; check the indentation of this line"},
      Hint{"end of sequence not found", "; check the indentation of this line"},
  };
  const auto hint = std::ranges::find(kHints, message, &Hint::found);
  return "not valid YAML: " + message + std::string(hint == kHints.end() ? "" : hint->advice);
}

/// Where what follows the first document was left out.
std::optional<Position> parse_into(TreeBuilder& tree, const std::shared_ptr<const std::string>& source,
                                   Documents documents) {
  BoundedInput input(*source);
  std::istream stream(&input);
  Events events(source, input, tree);
  const auto position = [&](std::size_t offset) { return position_after(*source, 0, {1, 1}, offset); };
  std::optional<Refused> refused;
  std::optional<Position> left_out;
  try {
    YAML::Parser parser(stream);
    while (parser.HandleNextDocument(events)) {
    }
  } catch (const SecondDocument& second) {
    if (documents == Documents::first) {
      left_out = second.where;
    } else {
      refused = {second.where, "a second document begins, expected a single one in the file"};
    }
  } catch (const Refused& refusal) {
    refused = refusal;
  } catch (const YAML::Exception& error) {
    refused = {error.mark.pos < 0 ? Position{} : position(static_cast<std::size_t>(error.mark.pos)),
               explain(error.msg)};
  }
  if (input.exceeded()) {
    refused = {position(input.seen()), "one value or {…} […] collection of over 1 MiB, expected smaller ones"};
  }
  if (refused) tree.refuse(std::move(*refused));
  return left_out;
}

std::unexpected<Problems> whole_file(std::string file, std::string message) {
  return std::unexpected(Problems{{std::move(file), {}, std::move(message)}});
}

}  // namespace

Node::Node() {
  static const auto kNothing = std::make_shared<const Data>();
  data_ = kNothing;
}
Node::Node(std::shared_ptr<const Data> data) : data_(std::move(data)) {}

Node::Kind Node::kind() const { return data_->kind; }
Position Node::position() const { return data_->position; }
const std::string& Node::text() const { return data_->text; }
bool Node::quoted() const { return data_->quoted; }
std::span<const Node> Node::items() const { return data_->items; }
std::span<const Node::Entry> Node::entries() const { return data_->entries; }

const Node* Node::find(std::string_view key) const {
  const auto entry = std::ranges::find(data_->entries, key, &Entry::key);
  return entry == data_->entries.end() ? nullptr : &entry->value;
}

Position Node::position_of(std::size_t offset) const {
  if (data_->source == nullptr) return data_->position;
  const auto start = data_->source_start;
  const auto runs = align_scalar(*data_->source, start, data_->text);
  return position_after(*data_->source, start, data_->position, source_offset(runs, start, offset));
}

std::expected<Document, Problems> parse_document(std::string file, std::string_view text, Documents documents) {
  if (text.size() > kLargestFile) return whole_file(std::move(file), "over 16 MiB, expected a smaller file");
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  if (const auto unreadable = find_unreadable(text)) {
    const auto where = position_after(text, 0, {1, 1}, unreadable->offset);
    return std::unexpected(Problems{{std::move(file), where, unreadable->message}});
  }
  TreeBuilder tree(std::move(file));
  const auto left_out = parse_into(tree, std::make_shared<const std::string>(text), documents);
  auto document = tree.take();
  if (document) document->left_out = left_out;
  return document;
}

std::expected<Document, Problems> read_document(const std::string& path, Documents documents) {
  std::error_code error;
  const auto status = std::filesystem::status(path, error);
  if (!std::filesystem::exists(status)) return whole_file(path, "no such file");
  if (std::filesystem::is_directory(status)) return whole_file(path, "is a folder, expected a YAML file");
  std::ifstream in(path, std::ios::binary);
  if (!in) return whole_file(path, "cannot be opened, check its permissions");
  std::string text(kLargestFile + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (in.bad()) return whole_file(path, "reading failed");
  text.resize(static_cast<std::size_t>(in.gcount()));
  return parse_document(path, text, documents);
}

}  // namespace a2od
