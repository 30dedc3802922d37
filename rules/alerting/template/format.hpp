// Go's printf for templates: the verbs, flags and fault texts of package fmt.
#pragma once

#include "rules/alerting/template/value.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace a2od::templates {

/// One directive of a format: %[flags][width][.precision]verb.
struct Directive {
  char verb = 'v';
  bool plus = false;
  bool minus = false;
  bool sharp = false;
  bool space = false;
  bool zero = false;
  std::optional<int> width{};
  std::optional<int> precision{};
};

/// A float by one of the verbs v g G e E f F, unpadded.
[[nodiscard]] std::string format_float(double value, const Directive& directive);

/// As fmt.Sprintf: faults show in the text, as %!d(string=x), %!s(MISSING) and %!(EXTRA …). Widths and precisions over
/// 1000 are faults as well.
[[nodiscard]] std::string sprintf(std::string_view format, std::span<const Value> arguments);

}  // namespace a2od::templates
