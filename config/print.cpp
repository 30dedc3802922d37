#include "config/print.hpp"

#include "config/schema/checks.hpp"

#include <yaml-cpp/emitter.h>
#include <yaml-cpp/emittermanip.h>

#include <algorithm>
#include <array>
#include <string_view>

namespace a2od {
namespace {

constexpr std::array<std::string_view, 7> kAlertmanagerKeys{
    "global", "route", "receivers", "inhibit_rules", "time_intervals", "mute_time_intervals", "templates"};

/// Ours alone, or Prometheus', below those.
constexpr std::array<std::string_view, 5> kOwnKeys{"hmac", "rate_limit", "servicenow_configs", "scrape_interval",
                                                   "scrape_timeout"};

/// Of an address the host is no secret; all else of it may be.
std::string masked(std::string_view text) {
  constexpr std::string_view kMask = "<secret>";
  const auto scheme = text.find("://");
  if (!schema::is_http_url(text) || scheme == std::string_view::npos) return std::string(kMask);
  auto authority = text.substr(scheme + 3);
  authority = authority.substr(0, authority.find_first_of("/?#"));
  authority = authority.substr(authority.rfind('@') + 1);
  return std::string(text.substr(0, scheme + 3)) + std::string(authority) + "/" + std::string(kMask);
}

bool is_ours(std::string_view key, const Node& value) {
  // A label may have that name, but no list.
  if (key == "escalate") return value.kind() == Node::Kind::sequence;
  if (key == "pages") return value.kind() == Node::Kind::scalar && !value.quoted();
  return std::ranges::find(kOwnKeys, key) != kOwnKeys.end();
}

enum class Ours { shown, left_out };

void emit(YAML::Emitter& out, const Node& node, const std::set<Position>& secrets, Ours ours) {
  switch (node.kind()) {
    case Node::Kind::null:
      out << YAML::Null;
      return;
    case Node::Kind::sequence:
      if (node.items().empty()) out << YAML::Flow;
      out << YAML::BeginSeq;
      for (const auto& item : node.items()) emit(out, item, secrets, ours);
      out << YAML::EndSeq;
      return;
    case Node::Kind::mapping:
      if (node.entries().empty()) out << YAML::Flow;
      out << YAML::BeginMap;
      for (const auto& [key, position, value] : node.entries()) {
        if (ours == Ours::left_out && is_ours(key, value)) continue;
        out << YAML::Key << key << YAML::Value;
        emit(out, value, secrets, ours);
      }
      out << YAML::EndMap;
      return;
    case Node::Kind::scalar:
      // What was a text must not become a number.
      if (node.quoted()) out << YAML::DoubleQuoted;
      out << (secrets.contains(node.position()) ? masked(node.text()) : node.text());
  }
}

}  // namespace

std::string print_document(const Node& root, const std::set<Position>& secrets) {
  YAML::Emitter out;
  out.SetNullFormat(YAML::LowerNull);
  emit(out, root, secrets, Ours::shown);
  return std::string(out.c_str(), out.size()) + '\n';
}

std::string print_alertmanager_part(const Node& root, const std::set<Position>& secrets) {
  YAML::Emitter out;
  out.SetNullFormat(YAML::LowerNull);
  out << YAML::BeginMap;
  for (const auto& [key, position, value] : root.entries()) {
    if (std::ranges::find(kAlertmanagerKeys, key) == kAlertmanagerKeys.end()) continue;
    out << YAML::Key << key << YAML::Value;
    emit(out, value, secrets, Ours::left_out);
  }
  out << YAML::EndMap;
  return std::string(out.c_str(), out.size()) + '\n';
}

}  // namespace a2od
