#include "case.hpp"

#include "rules/promql/parser.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <charconv>
#include <cmath>
#include <fstream>
#include <iterator>
#include <limits>
#include <set>
#include <stdexcept>
#include <utility>

namespace a2od::conformance {
namespace {

namespace json = boost::json;

std::string decode_base64(std::string_view text) {
  constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  unsigned bits = 0;
  unsigned buffer = 0;
  for (const char c : text) {
    const std::size_t digit = kAlphabet.find(c);
    if (digit == std::string_view::npos) continue;
    buffer = (buffer << 6 | static_cast<unsigned>(digit)) & 0xffffff;
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    out += static_cast<char>((buffer >> bits) & 0xff);
  }
  return out;
}

Timestamp time_of(const json::value& value) { return Timestamp(Milliseconds(value.to_number<std::int64_t>())); }

std::string expected_failure(const json::object& expected, const std::string& error) {
  if (!error.empty()) return {};
  return "expected an error: " + json::serialize(expected);
}

Result judge(const json::object& expected, const std::string& error, const promql::Value& value,
             const promql::Annotations& annotations) {
  if (expected.at("type").as_string() == "fail") {
    auto detail = expected_failure(expected, error);
    return {detail.empty() ? Outcome::passed : Outcome::failed, std::move(detail)};
  }
  if (!error.empty()) return {Outcome::failed, "error: " + error};
  auto detail = compare(expected, value);
  if (detail.empty()) detail = compare_annotations(expected, annotations);
  return {detail.empty() ? Outcome::passed : Outcome::failed, std::move(detail)};
}

}  // namespace

Set read_set(const std::filesystem::path& file, std::string name) {
  std::ifstream in(file, std::ios::binary);
  if (!in) throw std::runtime_error("cannot read " + file.string());
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  return {std::move(name), file.parent_path(), json::parse(text)};
}

std::string text_of(const json::value& value) {
  if (value.is_string()) return std::string(value.as_string());
  return decode_base64(value.as_object().at("$b64").as_string());
}

double number_of(const json::value& value) {
  if (value.is_number()) return value.to_number<double>();
  const std::string text = text_of(value);
  if (text == "stale") return stale_marker();
  if (text == "+Inf") return std::numeric_limits<double>::infinity();
  double number = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (problem == std::errc{}) return number;
  // Beyond the range of doubles: underflow is nothing, overflow infinite.
  return text.contains("e-") ? 0 : std::numeric_limits<double>::infinity();
}

Labels labels_of(const json::value& value) {
  std::vector<Labels::Pair> pairs;
  for (const auto& [name, text] : value.as_object()) {
    if (text.is_string()) pairs.emplace_back(name, text.as_string());
  }
  return Labels::from(std::move(pairs));
}

void load(const Set& set, const json::object& test, Store& store) {
  for (const json::value& id : test.at("loads").as_array()) {
    const auto& loaded = set.document.at("loads").at(id.as_string()).as_object();
    for (const json::value& series : loaded.at("series").as_array()) {
      const Labels labels = labels_of(series.at("labels"));
      for (const json::value& sample : series.at("samples").as_array()) {
        store.append(labels, time_of(sample.at(0)), number_of(sample.at(1)));
      }
    }
  }
}

Result run_evaluation(const Set& set, const json::object& test) {
  Store store;
  load(set, test, store);
  const auto& expected = test.at("expect").as_object();
  auto expression = promql::Expression::parse(text_of(test.at("expr")));
  if (!expression && expression.error().message.ends_with(promql::kNotSupported)) {
    return {Outcome::unsupported, expression.error().message};
  }
  if (!expression) return judge(expected, expression.error().message, promql::Scalar{}, {});
  const Snapshot snapshot = store.snapshot();
  promql::Annotations annotations;
  if (test.at("mode").as_string() == "instant") {
    const auto value = expression->evaluate(snapshot, time_of(test.at("at_ms")), {}, &annotations);
    return judge(expected, value ? "" : value.error().message, value ? *value : promql::Scalar{}, annotations);
  }
  const auto matrix =
      expression->evaluate_range(snapshot, time_of(test.at("start_ms")), time_of(test.at("end_ms")),
                                 Milliseconds(test.at("step_ms").to_number<std::int64_t>()), {}, &annotations);
  return judge(expected, matrix ? "" : matrix.error().message, matrix ? promql::Value(*matrix) : promql::Scalar{},
               annotations);
}

}  // namespace a2od::conformance
