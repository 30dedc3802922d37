#include "config/print.hpp"

#include <yaml-cpp/emitter.h>
#include <yaml-cpp/emittermanip.h>

namespace a2od {
namespace {

void emit(YAML::Emitter& out, const Node& node, const std::set<Position>& secrets) {
  switch (node.kind()) {
    case Node::Kind::null:
      out << YAML::Null;
      return;
    case Node::Kind::sequence:
      if (node.items().empty()) out << YAML::Flow;
      out << YAML::BeginSeq;
      for (const auto& item : node.items()) emit(out, item, secrets);
      out << YAML::EndSeq;
      return;
    case Node::Kind::mapping:
      if (node.entries().empty()) out << YAML::Flow;
      out << YAML::BeginMap;
      for (const auto& [key, position, value] : node.entries()) {
        out << YAML::Key << key << YAML::Value;
        emit(out, value, secrets);
      }
      out << YAML::EndMap;
      return;
    case Node::Kind::scalar:
      // What was a text must not become a number.
      if (node.quoted()) out << YAML::DoubleQuoted;
      out << (secrets.contains(node.position()) ? "<secret>" : node.text());
  }
}

}  // namespace

std::string print_document(const Node& root, const std::set<Position>& secrets) {
  YAML::Emitter out;
  out.SetNullFormat(YAML::LowerNull);
  emit(out, root, secrets);
  return std::string(out.c_str(), out.size()) + '\n';
}

}  // namespace a2od
