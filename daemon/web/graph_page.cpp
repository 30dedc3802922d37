#include "daemon/web/graph_page.hpp"

#include "daemon/web/status_page.hpp"

#include <fmt/format.h>

#include <variant>

namespace a2od {
namespace {

constexpr std::size_t kMostRows = 1000;

std::string row(const std::string& labels, const std::string& value) {
  return fmt::format("<tr><td>{}</td><td>{}</td></tr>", escape_html(labels), escape_html(value));
}

struct Rows {
  std::string operator()(const promql::Scalar& scalar) const { return row("", fmt::format("{}", scalar.value)); }
  std::string operator()(const std::string& text) const { return row("", text); }
  std::string operator()(const promql::Vector& vector) const {
    std::string rows;
    for (std::size_t i = 0; i < vector.size() && i < kMostRows; ++i)
      rows += row(vector[i].labels.to_string(), fmt::format("{}", vector[i].value));
    if (vector.empty()) rows = "<tr><td class=\"dim\">nothing now</td><td></td></tr>";
    if (vector.size() > kMostRows) rows += row(fmt::format("… of {} series", vector.size()), "");
    return rows;
  }
  std::string operator()(const promql::Matrix& matrix) const {
    std::string rows;
    for (std::size_t i = 0; i < matrix.size() && i < kMostRows; ++i)
      rows += row(matrix[i].labels.to_string(), fmt::format("{} samples", matrix[i].points.size()));
    return rows;
  }
};

std::string result_of(const SeriesSource& source, std::string_view text, Timestamp now,
                      const promql::EvaluationLimits& limits) {
  if (text.empty()) return "<p class=\"dim\">An expression in PromQL, such as d365_environment_state == 1</p>";
  auto expression = promql::Expression::parse(text);
  const auto fault = [](std::string_view what) { return fmt::format("<p class=\"bad\">{}</p>", escape_html(what)); };
  if (!expression)
    return fault(fmt::format("{}: parse error: {}", expression.error().begin + 1, expression.error().message));
  const auto series = source.covering(expression->reads(now, now, Milliseconds{0}, limits), limits);
  if (!series) return fault(series.error().message);
  const auto value = expression->evaluate(series->series, now, limits);
  if (!value) return fault(value.error().message);
  return fmt::format("<div class=\"wide\"><table><tr><th>series</th><th>value</th></tr>{}</table></div>",
                     std::visit(Rows(), *value));
}

}  // namespace

std::string render_graph(const SeriesSource& source, std::string_view expression, Timestamp now,
                         const promql::EvaluationLimits& limits) {
  return fmt::format(
      "{}<header><h1>a2od</h1><nav><a href=\"./\">status</a></nav></header>"
      "<form action=\"graph\"><p><textarea name=\"g0.expr\" rows=\"3\" cols=\"90\" "
      "aria-label=\"expression\">{}</textarea></p><p><button>Evaluate now</button></p></form>{}</body></html>\n",
      page_head("a2od: expression"), escape_html(expression), result_of(source, expression, now, limits));
}

}  // namespace a2od
