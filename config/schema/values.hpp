// The types of single values in the configuration, from text to durations, each with its check.
#pragma once

#include "config/result.hpp"
#include "config/schema/type.hpp"
#include "config/secret.hpp"
#include "config/time.hpp"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace a2od::schema {

/// Whether a text is allowed; what is, stands in the type's name.
using TextCheck = bool (*)(std::string_view);

/// Text that passes the check, called `name` in messages: "a host name".
[[nodiscard]] Type<std::string> text(std::string name = "text", TextCheck check = nullptr);
/// The same, never shown in messages: for what stands so near a secret that one may be written there by mistake.
[[nodiscard]] Type<std::string> hidden_text(std::string name, TextCheck check);
/// One of a few words.
[[nodiscard]] Type<std::string> word(std::vector<std::string_view> words);
/// RE2 syntax, as Prometheus' own.
[[nodiscard]] Type<std::string> regex();
/// A path, resolved from the configuration's folder on.
[[nodiscard]] Type<std::string> path();
/// A path of a file that must be there.
[[nodiscard]] Type<std::string> file();

[[nodiscard]] Type<bool> boolean();
[[nodiscard]] Type<std::uint64_t> number(std::uint64_t least, std::uint64_t most);
[[nodiscard]] Type<unsigned> small_number(unsigned least, unsigned most);
/// "2%", as 0.02.
[[nodiscard]] Type<double> percentage(double least, double most);
[[nodiscard]] Type<Milliseconds> duration(Milliseconds least = Milliseconds(0));
/// "64MiB": a whole number of B, KiB, MiB or GiB.
[[nodiscard]] Type<std::uint64_t> size(std::uint64_t least, std::uint64_t most);

/// `{file: …}`, `{env: …}` or `{credential: …}`.
[[nodiscard]] Type<SecretSource> secret_source();
/// A secret written in place, checked without ever being shown.
[[nodiscard]] Type<std::variant<Secret, SecretSource>> inline_secret(std::string name = "text",
                                                                     TextCheck check = nullptr);
/// The path of a file that holds a secret; one that begins with $CREDENTIALS_DIRECTORY/ is a credential of systemd's.
[[nodiscard]] Type<std::variant<Secret, SecretSource>> secret_file();

/// A text that `parse` reads.
template <class Value>
Type<Value> parsed(std::string name, Result<Value> (*parse)(std::string_view)) {
  return converted<Value>(text(std::move(name)),
                          [parse](Reader& reader, const Node& node, const std::string& text) -> std::optional<Value> {
                            if (node.kind() != Node::Kind::scalar) return std::nullopt;
                            auto value = parse(text);
                            if (value) return std::move(*value);
                            reader.problem(node.position(), value.error().message);
                            return std::nullopt;
                          });
}

[[nodiscard]] std::string choice_name(std::span<const std::string_view> names);

/// A setting that may only say what is done anyhow, in one of these words.
template <class Section>
Type<Section> always(std::vector<std::string_view> words, std::string_view reason) {
  return {.name = choice_name(words),
          .read =
              [words, reason](Reader& reader, const Node& node, Section&) {
                const bool is_scalar = node.kind() == Node::Kind::scalar;
                const bool is_text = is_scalar && node.quoted() && (node.text() == "true" || node.text() == "false");
                if (!is_scalar || is_text || std::ranges::find(words, node.text()) == words.end())
                  reader.problem(node.position(), reason);
              },
          .schema = [words] { return one_of_words(words); }};
}

/// A word for each value of an enumeration.
template <class Enum>
Type<Enum> choice(std::vector<std::pair<std::string_view, Enum>> choices) {
  std::vector<std::string_view> names;
  for (const auto& [name, value] : choices) names.push_back(name);
  auto read = [choices, names](Reader& reader, const Node& node, Enum& value) {
    for (const auto& [name, meant] : choices) {
      if (node.kind() != Node::Kind::scalar || node.text() != name) continue;
      value = meant;
      return;
    }
    reader.unexpected(node, choice_name(names) + did_you_mean(node.text(), names));
  };
  auto show = [choices](const Enum& value) {
    for (const auto& [name, meant] : choices) {
      if (meant == value) return std::string(name);
    }
    return std::string();
  };
  return {.name = choice_name(names), .read = std::move(read), .show = std::move(show), .schema = [names] {
            return one_of_words(names);
          }};
}

}  // namespace a2od::schema
