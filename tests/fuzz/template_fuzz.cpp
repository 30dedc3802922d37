// Any text as a template of an annotation: it is parsed or refused, expands within its bounds, and its queries are
// found.
#include "rules/alerting/template.hpp"
#include "rules/alerting/template_queries.hpp"

#include <cstdint>
#include <cstdlib>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace a2od;
  if (size > 4096) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  (void)template_reads(text, Timestamp(std::chrono::hours(1)), {});
  const auto parsed = Template::parse(text);
  if (!parsed) return 0;
  templates::Environment environment;
  environment.external_url = "http://a2od.example";
  environment.now = Timestamp(std::chrono::hours(1));
  environment.query = [](std::string_view) -> Result<promql::Vector> {
    return promql::Vector{{Labels{{"__name__", "up"}, {"job", "a"}}, 1},
                          {Labels{{"__name__", "up"}, {"job", "b"}}, 2.5}};
  };
  const TemplateData values{templates::Value::strings({{"job", "a"}, {"tenant", "contoso"}}),
                            templates::Value::strings({{"site", "x"}}), 1234.5};
  (void)parsed->expand(values, environment);
  return 0;
}
