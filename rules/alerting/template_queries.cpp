#include "rules/alerting/template_queries.hpp"

#include "rules/alerting/template/lexer.hpp"

#include <algorithm>
#include <iterator>
#include <string>
#include <utility>
#include <variant>

namespace a2od {
namespace {

/// A format of printf with something plausible in place of its verbs.
std::string filled_in(std::string_view format) {
  std::string text;
  while (!format.empty()) {
    const auto verb = format.find('%');
    text += format.substr(0, verb);
    if (verb == std::string_view::npos) break;
    const auto letter = format.find_first_not_of("+-# .0123456789[]*", verb + 1);
    if (letter == std::string_view::npos) break;
    text += format[letter] == 'q' ? "\"x\"" : format[letter] == '%' ? "%" : "1";
    format.remove_prefix(letter + 1);
  }
  return text;
}

}  // namespace

std::vector<promql::SeriesWindow> template_reads(std::string_view text, Timestamp at,
                                                 const promql::EvaluationLimits& limits) {
  std::vector<promql::SeriesWindow> all;
  const auto pieces = templates::split(text);
  if (!pieces) return all;
  for (const auto& piece : *pieces) {
    for (const auto& token : piece.action) {
      const auto* literal = token.kind == templates::Token::Kind::literal ? token.value.as<std::string>() : nullptr;
      if (literal == nullptr) continue;
      const auto expression = promql::Expression::parse(filled_in(*literal));
      if (!expression) continue;
      auto reads = expression->reads(at, at, Milliseconds(0), limits);
      for (auto& window : reads)
        std::erase_if(window.matchers, [](const Matcher& matcher) { return matcher.name() != kMetricName; });
      std::ranges::move(reads, std::back_inserter(all));
    }
  }
  return all;
}

}  // namespace a2od
