#include "config/schema/values.hpp"

#include "config/duration.hpp"
#include "config/schema/checks.hpp"
#include "config/schema/table.hpp"

#include <re2/re2.h>

#include <array>
#include <charconv>

namespace a2od::schema {
namespace {

struct SizeUnit {
  std::string_view name;
  std::uint64_t bytes;
};
constexpr std::array kSizeUnits = {SizeUnit{"GiB", 1U << 30U}, SizeUnit{"MiB", 1U << 20U}, SizeUnit{"KiB", 1U << 10U},
                                   SizeUnit{"B", 1}};

std::optional<std::uint64_t> to_number(std::string_view text) {
  std::uint64_t value = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
  if (read.ec != std::errc() || read.ptr != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<std::uint64_t> to_bytes(std::string_view text) {
  for (const auto& unit : kSizeUnits) {
    if (!text.ends_with(unit.name)) continue;
    const auto count = to_number(text.substr(0, text.size() - unit.name.size()));
    if (!count || *count > std::numeric_limits<std::uint64_t>::max() / unit.bytes) return std::nullopt;
    return *count * unit.bytes;
  }
  return std::nullopt;
}

std::string show_bytes(std::uint64_t bytes) {
  for (const auto& unit : kSizeUnits) {
    if (bytes % unit.bytes == 0 && bytes >= unit.bytes)
      return std::to_string(bytes / unit.bytes) + std::string(unit.name);
  }
  return "0B";
}

constexpr std::string_view kHidden = "found something else, not shown because it may hold a secret, expected ";

bool is_scalar(const Node& node) { return node.kind() == Node::Kind::scalar; }
std::string show_text(const std::string& value) { return value; }

/// Numbers are written without quotes: a quoted one is text.
std::optional<std::uint64_t> number_of(const Node& node) {
  return is_scalar(node) && !node.quoted() ? to_number(node.text()) : std::nullopt;
}

std::string between(std::uint64_t least, std::uint64_t most) {
  if (most == std::numeric_limits<std::uint64_t>::max()) return "a whole number from " + std::to_string(least);
  return "a whole number from " + std::to_string(least) + " to " + std::to_string(most);
}

/// The most that JSON's readers agree on is below what 64 bits hold: then there is no bound.
std::string whole_number(std::uint64_t least, std::uint64_t most) {
  const auto bound = most == std::numeric_limits<std::uint64_t>::max() ? "" : ",\"maximum\":" + std::to_string(most);
  return R"({"type":"integer","minimum":)" + std::to_string(least) + bound + "}";
}

/// A bare 0 is a number to others.
std::string duration_schema(bool may_be_zero) {
  const auto text = matching("([0-9]+y)?([0-9]+w)?([0-9]+d)?([0-9]+h)?([0-9]+m)?([0-9]+s)?([0-9]+ms)?|0");
  return may_be_zero ? R"({"anyOf":[)" + text + R"(,{"enum":[0]}]})" : text;
}

/// The keys of a secret source as they stand in the file.
struct SecretKeys {
  std::optional<std::string> file;
  std::optional<std::string> env;
  std::optional<std::string> credential;
};

bool is_credential_name(std::string_view text) {
  return !text.empty() && !text.starts_with('.') && !text.contains('/');
}

void check_one_source(Reader& reader, const Node& node, const SecretKeys& /*keys*/) {
  if (node.kind() == Node::Kind::mapping && node.entries().size() == 1) return;
  reader.problem(node.position(), "found " + std::to_string(node.entries().size()) +
                                      " keys, expected exactly one of file, env and credential");
}

std::optional<SecretSource> to_source(Reader& reader, const Node& node, SecretKeys keys) {
  SecretSource source;
  if (keys.file) {
    source = {SecretFile{std::move(*keys.file)}};
  } else if (keys.env) {
    source = {SecretVariable{std::move(*keys.env)}};
  } else if (keys.credential) {
    source = {SecretCredential{std::move(*keys.credential)}};
  } else {
    return std::nullopt;
  }
  if (!reader.options().check_files) return source;
  if (const auto secret = source.read(); !secret) reader.problem(node.position(), secret.error().message);
  return source;
}

std::string percent_text(double percent) {
  std::array<char, 32> digits{};
  const auto written = std::to_chars(digits.data(), digits.data() + digits.size(), percent);
  return std::string(digits.data(), written.ptr) + "%";
}

}  // namespace

std::string choice_name(std::span<const std::string_view> names) {
  if (names.size() == 2) return std::string(names[0]) + " or " + std::string(names[1]);
  return "one of " + join(names);
}

Type<std::string> text(std::string name, TextCheck check) {
  auto read = [name, check](Reader& reader, const Node& node, std::string& value) {
    if (!is_scalar(node) || (check != nullptr && !check(node.text()))) return reader.unexpected(node, name);
    value = node.text();
  };
  return {.name = std::move(name), .read = std::move(read), .show = show_text, .schema = any_scalar};
}

Type<std::string> hidden_text(std::string name, TextCheck check) {
  auto read = [name, check](Reader& reader, const Node& node, std::string& value) {
    if (!is_scalar(node)) return reader.unexpected_kind(node, name);
    if (!check(node.text())) return reader.problem(node.position(), std::string(kHidden) + name);
    value = node.text();
  };
  return {.name = std::move(name), .read = std::move(read), .show = show_text, .schema = any_scalar};
}

Type<std::string> word(std::vector<std::string_view> words) {
  std::vector<std::pair<std::string_view, std::string>> choices;
  for (const auto one : words) choices.emplace_back(one, one);
  return choice<std::string>(std::move(choices));
}

Type<std::string> regex() {
  auto read = [](Reader& reader, const Node& node, std::string& value) {
    if (!is_scalar(node)) return reader.unexpected(node, "a regular expression");
    RE2::Options options;
    options.set_log_errors(false);
    const RE2 compiled(node.text(), options);
    if (!compiled.ok()) {
      return reader.unexpected(node, "a regular expression in RE2 syntax (" + compiled.error() + ")");
    }
    value = node.text();
  };
  return {.name = "a regular expression", .read = std::move(read), .show = show_text, .schema = any_scalar};
}

Type<std::string> path() {
  auto read = [](Reader& reader, const Node& node, std::string& value) {
    if (!is_scalar(node) || node.text().empty()) return reader.unexpected(node, "a path");
    value = reader.resolve(node.text());
  };
  return {.name = "a path", .read = std::move(read), .show = show_text, .schema = any_scalar};
}

Type<std::string> file() {
  auto type = path();
  type.read = [read = type.read](Reader& reader, const Node& node, std::string& value) {
    read(reader, node, value);
    reader.check_file(node, value);
  };
  return type;
}

Type<bool> boolean() {
  auto type = choice<bool>({{"true", true}, {"false", false}});
  type.read = [read = type.read, name = type.name](Reader& reader, const Node& node, bool& value) {
    if (node.quoted()) return reader.unexpected(node, name + " without quotes");
    read(reader, node, value);
  };
  return type;
}

Type<std::uint64_t> number(std::uint64_t least, std::uint64_t most) {
  auto read = [least, most](Reader& reader, const Node& node, std::uint64_t& value) {
    const auto found = number_of(node);
    if (!found || *found < least || *found > most) return reader.unexpected(node, between(least, most));
    value = *found;
  };
  return {.name = between(least, most),
          .read = std::move(read),
          .show = [](const std::uint64_t& value) { return std::to_string(value); },
          .schema = [least, most] { return whole_number(least, most); }};
}

Type<unsigned> small_number(unsigned least, unsigned most) {
  auto read = [read = number(least, most).read](Reader& reader, const Node& node, unsigned& value) {
    std::uint64_t wide = value;
    read(reader, node, wide);
    value = static_cast<unsigned>(wide);
  };
  return {.name = between(least, most),
          .read = std::move(read),
          .show = [](const unsigned& value) { return std::to_string(value); },
          .schema = [least, most] { return whole_number(least, most); }};
}

Type<double> percentage(double least, double most) {
  const auto name = "a percentage from " + percent_text(least) + " to " + percent_text(most);
  auto read = [least, most, name](Reader& reader, const Node& node, double& value) {
    const std::string_view text = node.text();
    double percent = 0;
    const auto* end = text.data() + (text.ends_with('%') ? text.size() - 1 : 0);
    const bool number = is_scalar(node) &&
                        std::from_chars(text.data(), end, percent) == std::from_chars_result{end, std::errc()} &&
                        end != text.data();
    if (!number || !(percent >= least && percent <= most)) return reader.unexpected(node, name);
    value = percent / 100;
  };
  return {.name = name,
          .read = std::move(read),
          .show = [](const double& value) { return percent_text(value * 100); },
          .schema = [] { return matching("[0-9.]+%"); }};
}

Type<Milliseconds> duration(Milliseconds least) {
  const auto name = "a duration such as 30s or 1h30m" +
                    (least > Milliseconds(0) ? ", at least " + format_duration(least) : std::string());
  auto read = [least, name](Reader& reader, const Node& node, Milliseconds& value) {
    const auto found = parse_duration(node.text());
    if (!is_scalar(node) || !found || *found < least) return reader.unexpected(node, name);
    value = *found;
  };
  return {.name = name,
          .read = std::move(read),
          .show = [](const Milliseconds& value) { return format_duration(value); },
          .schema = [least] { return duration_schema(least == Milliseconds(0)); }};
}

Type<std::uint64_t> size(std::uint64_t least, std::uint64_t most) {
  const auto name = "a size such as 64MiB, from " + show_bytes(least) + " to " + show_bytes(most);
  auto read = [least, most, name](Reader& reader, const Node& node, std::uint64_t& value) {
    const auto found = to_bytes(node.text());
    if (!found || *found < least || *found > most) return reader.unexpected(node, name);
    value = *found;
  };
  return {.name = name,
          .read = std::move(read),
          .show = [](const std::uint64_t& value) { return show_bytes(value); },
          .schema = [] { return matching("[0-9]+(B|KiB|MiB|GiB)"); }};
}

Type<SecretSource> secret_source() {
  auto keys = section<SecretKeys>({
      .keys =
          {
              key("file", &SecretKeys::file, path(), "a file that holds the secret alone"),
              key("env", &SecretKeys::env, text("the name of an environment variable", is_not_empty),
                  "an environment variable"),
              key("credential", &SecretKeys::credential, text("the name of a credential", is_credential_name),
                  "a file in $CREDENTIALS_DIRECTORY, as systemd's LoadCredential= provides it"),
          },
      .check = check_one_source,
      .holds_secret = true,
  });
  return converted<SecretSource>(std::move(keys), to_source);
}

Type<InlineOrSource> inline_secret(std::string name, TextCheck check) {
  auto read = [name, check](Reader& reader, const Node& node, InlineOrSource& value) {
    if (!is_scalar(node)) {
      reader.unexpected_kind(node, name);
    } else if (check != nullptr && !check(node.text())) {
      reader.problem(node.position(), std::string(kHidden) + name);
    } else {
      value = Secret(node.text());
      reader.hide(node);
    }
  };
  return {.name = std::move(name), .read = std::move(read), .schema = any_scalar};
}

Type<InlineOrSource> secret_file() {
  return converted<InlineOrSource>(path(), [](Reader& reader, const Node& node, std::string path) {
    std::optional<InlineOrSource> result;
    if (path.empty()) return result;
    constexpr std::string_view kCredentials = "$CREDENTIALS_DIRECTORY/";
    SecretSource source{SecretFile{std::move(path)}};
    if (node.text().starts_with(kCredentials))
      source = {SecretCredential{std::string(node.text().substr(kCredentials.size()))}};
    if (reader.options().check_files) {
      if (const auto secret = source.read(); !secret) reader.problem(node.position(), secret.error().message);
    }
    result = std::move(source);
    return result;
  });
}

}  // namespace a2od::schema
