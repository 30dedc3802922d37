// Fragments of the JSON Schema of the configuration, as JSON text: what editors complete and check by. It says what can
// be said of a value alone; the reader checks the rest.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace a2od::schema {

/// In quotes.
[[nodiscard]] std::string json_text(std::string_view text);

/// YAML's plain scalars are numbers or booleans to others; where text is wanted, the reader takes them as they stand.
[[nodiscard]] std::string any_scalar();
[[nodiscard]] std::string one_of_words(std::span<const std::string_view> words);
/// A text that the whole of this regular expression matches.
[[nodiscard]] std::string matching(std::string_view pattern);
[[nodiscard]] std::string list_schema(const std::string& item, bool may_be_empty);
/// A mapping whose keys are the operator's.
[[nodiscard]] std::string map_schema(const std::string& item);
[[nodiscard]] std::string or_nothing(const std::string& schema);

/// A mapping with known keys.
class ObjectSchema {
 public:
  void add(std::string_view name, std::string_view about, const std::string& schema, bool required);
  [[nodiscard]] std::string text() const;

 private:
  std::string properties_;
  std::string required_;
};

}  // namespace a2od::schema
