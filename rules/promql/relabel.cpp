#include "rules/promql/relabel.hpp"

#include "config/quote.hpp"
#include "config/regex_template.hpp"
#include "config/utf8.hpp"

#include <utility>

namespace a2od::promql {
namespace {

bool is_label_name(const std::string& name) { return !name.empty() && is_valid_utf8(name); }

}  // namespace

Result<Relabel> make_label_replace(const std::string& destination, const std::string& replacement,
                                   const std::string& source, const std::string& regex) {
  auto compiled = RegexTemplate::make(regex, {replacement});
  if (!compiled)
    return failure("invalid regular expression in label_replace(): " + double_quoted(regex) + ": " +
                   compiled.error().message);
  if (!is_label_name(destination)) {
    return failure("invalid destination label name in label_replace(): " + double_quoted(destination));
  }
  return [=, compiled = std::move(*compiled)](const Labels& labels) {
    const auto texts = compiled.expand(labels.get(source));
    return texts ? labels.with(destination, texts->front()) : labels;
  };
}

Result<Relabel> make_label_join(const std::string& destination, const std::string& separator,
                                const std::vector<std::string>& sources) {
  if (!is_label_name(destination)) {
    return failure("invalid destination label name in label_join(): " + double_quoted(destination));
  }
  for (const std::string& source : sources) {
    if (!is_label_name(source)) return failure("invalid source label name in label_join(): " + double_quoted(source));
  }
  return [=](const Labels& labels) {
    std::string joined;
    for (std::size_t i = 0; i < sources.size(); ++i) {
      if (i > 0) joined += separator;
      joined += labels.get(sources[i]);
    }
    return labels.with(destination, joined);
  };
}

}  // namespace a2od::promql
