#include "config/print.hpp"

#include <algorithm>
#include <string_view>

namespace a2od {
namespace {

std::string double_quoted(std::string_view text) {
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (c == '\n') {
      out += "\\n";
    } else if (byte < 0x20 || byte == 0x7f) {
      out += "\\x";
      out += kHex[byte >> 4];
      out += kHex[byte & 0xf];
    } else {
      out += c;
    }
  }
  return out + '"';
}

bool is_plain(std::string_view text) {
  const auto plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
           c == '.' || c == '/' || c == '%';
  };
  return !text.empty() && text.front() != '-' && text.front() != '%' && std::ranges::all_of(text, plain);
}

class Printer {
 public:
  explicit Printer(const std::set<Position>& secrets) : secrets_(secrets) {}

  /// Behind "key:" or "-", or at the beginning.
  void value(const Node& node, std::size_t indent) {
    const bool nested = !node.items().empty() || !node.entries().empty();
    if (!nested) {
      text += ' ' + scalar(node) + '\n';
      return;
    }
    text += '\n';
    items(node, indent);
  }

  void items(const Node& node, std::size_t indent) {
    for (const auto& entry : node.entries()) {
      text += std::string(indent, ' ') + (is_plain(entry.key) ? entry.key : double_quoted(entry.key)) + ':';
      value(entry.value, indent + 2);
    }
    for (const auto& item : node.items()) {
      text += std::string(indent, ' ') + '-';
      value(item, indent + 2);
    }
  }

  std::string text;

 private:
  [[nodiscard]] std::string scalar(const Node& node) const {
    switch (node.kind()) {
      case Node::Kind::null:
        return "null";
      case Node::Kind::sequence:
        return "[]";
      case Node::Kind::mapping:
        return "{}";
      case Node::Kind::scalar:
        break;
    }
    if (secrets_.contains(node.position())) return "<secret>";
    return !node.quoted() && is_plain(node.text()) ? node.text() : double_quoted(node.text());
  }

  const std::set<Position>& secrets_;
};

}  // namespace

std::string print_document(const Node& root, const std::set<Position>& secrets) {
  Printer printer(secrets);
  printer.items(root, 0);
  return std::move(printer.text);
}

}  // namespace a2od
