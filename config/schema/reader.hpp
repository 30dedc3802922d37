// What every part of the strict reader shares: the path of the value being read, the problems found, and the options.
#pragma once

#include "config/document.hpp"
#include "config/problem.hpp"

#include <filesystem>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace a2od::schema {

class Reader {
 public:
  struct Options {
    std::filesystem::path folder;  ///< where relative paths start
    std::span<const std::string_view> collectors;
    bool check_files = true;
  };

  /// The document's own problems count as found.
  Reader(const Document& document, Options options)
      : file_(document.file), options_(std::move(options)), problems_(document.problems) {}

  /// One more step of the path, for as long as it lives: ".name" or "[2]".
  class Step {
   public:
    Step(Reader& reader, std::string_view key);
    Step(Reader& reader, std::size_t index);
    ~Step() { path_.resize(length_before_); }
    Step(const Step&) = delete;
    Step& operator=(const Step&) = delete;

   private:
    std::string& path_;
    std::size_t length_before_;
  };

  /// The message is put behind the path: "tenants[0].name: found a list, expected text".
  void problem(Position where, std::string_view message);
  /// "found …, expected …"; shows the text of a scalar, so never for secrets.
  void unexpected(const Node& found, std::string_view expected);
  /// The same without the text: what stands where a list or a mapping is expected may well be a secret.
  void unexpected_kind(const Node& found, std::string_view expected);

  /// All text at that node and below is a secret: it is not printed.
  void hide(const Node& node);
  [[nodiscard]] const std::set<Position>& secrets() const { return secrets_; }

  [[nodiscard]] const Options& options() const { return options_; }
  /// A path as written, from the configuration's folder on.
  [[nodiscard]] std::string resolve(std::string_view path) const;
  /// Whether a file can be read; a problem where it cannot and files are to be checked.
  void check_file(const Node& node, const std::string& path);

  [[nodiscard]] const Problems& problems() const { return problems_; }
  /// All of them, from the top of the file down.
  [[nodiscard]] Problems sorted_problems() const;

 private:
  std::string file_;
  Options options_;
  std::string path_;
  Problems problems_;
  std::set<Position> secrets_;
};

/// "nothing", "a list", "a mapping" or "text".
[[nodiscard]] std::string_view kind_of(const Node& node);
/// As kind_of, with the text itself in quotes.
[[nodiscard]] std::string describe(const Node& node);
/// ", did you mean 'name'?" or nothing.
[[nodiscard]] std::string did_you_mean(std::string_view name, std::span<const std::string_view> known);
/// "a, b, c".
[[nodiscard]] std::string join(std::span<const std::string_view> names);
/// What stands behind an unknown name: ", allowed: a, b, did you mean 'a'?"
[[nodiscard]] std::string instead_of(std::string_view name, std::span<const std::string_view> known);

}  // namespace a2od::schema
