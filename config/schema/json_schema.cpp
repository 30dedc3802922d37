#include "config/schema/json_schema.hpp"

#include <fmt/format.h>

namespace a2od::schema {

std::string json_text(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    if (static_cast<unsigned char>(c) < 0x20)
      out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
    else
      out += c;
  }
  return out + '"';
}

std::string any_scalar() { return R"({"type":["string","number","boolean"]})"; }

std::string one_of_words(std::span<const std::string_view> words) {
  std::string list;
  for (const auto word : words) {
    if (!list.empty()) list += ',';
    list += word == "true" || word == "false" ? std::string(word) : json_text(word);
  }
  return fmt::format(R"({{"enum":[{}]}})", list);
}

std::string matching(std::string_view pattern) {
  return fmt::format(R"({{"type":"string","pattern":{}}})", json_text(fmt::format("^({})$", pattern)));
}

std::string list_schema(const std::string& item, bool may_be_empty) {
  return fmt::format(R"({{"type":"array","items":{}{}}})", item, may_be_empty ? "" : R"(,"minItems":1)");
}

std::string map_schema(const std::string& item) {
  return fmt::format(R"({{"type":["object","null"],"additionalProperties":{}}})", item);
}

std::string or_nothing(const std::string& schema) {
  return fmt::format(R"({{"anyOf":[{},{{"type":"null"}}]}})", schema);
}

void ObjectSchema::add(std::string_view name, std::string_view about, const std::string& schema, bool required) {
  const auto rest = schema == "{}" ? std::string("}") : "," + schema.substr(1);
  properties_ += fmt::format(R"({}{}:{{"description":{}{})", properties_.empty() ? "" : ",", json_text(name),
                             json_text(about), rest);
  if (required) required_ += (required_.empty() ? "" : ",") + json_text(name);
}

std::string ObjectSchema::text() const {
  return fmt::format(R"({{"type":{},"additionalProperties":false,"required":[{}],"properties":{{{}}}}})",
                     required_.empty() ? R"(["object","null"])" : R"("object")", required_, properties_);
}

}  // namespace a2od::schema
