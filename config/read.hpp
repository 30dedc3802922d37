// From a YAML file to a Config, or to every problem that it has.
#pragma once

#include "config/config.hpp"
#include "config/problem.hpp"

#include <expected>
#include <span>
#include <string>
#include <string_view>

namespace a2od {

/// What the reader must know of the rest of the program: the names that `collectors:` may use.
struct ReadOptions {
  std::span<const std::string_view> collectors;
  /// Secret and certificate files must exist and be readable; off where a configuration is checked elsewhere than it
  /// runs.
  bool check_files = true;
};

/// Strict: unknown and duplicate keys, wrong types, bad durations, missing required keys, a receiver that no one
/// defined and a missing secret file are each a problem with position, what was found, what is allowed and the nearest
/// name. Relative paths in the result start at the configuration file's folder. rule_files patterns are expanded,
/// sorted.
[[nodiscard]] std::expected<Config, Problems> read_config(const std::string& path, const ReadOptions& options);
[[nodiscard]] std::expected<Config, Problems> parse_config(std::string file, std::string_view text,
                                                           const ReadOptions& options);

/// As far as the file can be read, also where it has problems: for telling those of the files that it names together
/// with its own.
[[nodiscard]] Problems read_config(const std::string& path, const ReadOptions& options, Config& as_far_as_read);

}  // namespace a2od
