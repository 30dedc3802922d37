#include "collectors/own/exposition.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <optional>
#include <set>

namespace a2od {
namespace {

constexpr std::size_t kMostLabels = 64;

bool begins_name(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == ':'; }
bool continues_name(char c) { return begins_name(c) || (c >= '0' && c <= '9'); }
bool is_blank(char c) { return c == ' ' || c == '\t'; }

class Line {
 public:
  explicit Line(std::string_view text) : rest_(text) {}

  void skip_blanks() {
    while (!rest_.empty() && is_blank(rest_.front())) rest_.remove_prefix(1);
  }
  [[nodiscard]] bool at_end() const { return rest_.empty(); }
  bool skip(char c) {
    if (!rest_.starts_with(c)) return false;
    rest_.remove_prefix(1);
    return true;
  }
  /// Empty where there is none.
  std::string_view name() {
    if (rest_.empty() || !begins_name(rest_.front())) return {};
    const auto end = static_cast<std::size_t>(std::ranges::find_if_not(rest_, continues_name) - rest_.begin());
    const auto found = rest_.substr(0, end);
    rest_.remove_prefix(end);
    return found;
  }
  std::string_view word() {
    const auto end = static_cast<std::size_t>(std::ranges::find_if(rest_, is_blank) - rest_.begin());
    const auto found = rest_.substr(0, end);
    rest_.remove_prefix(end);
    return found;
  }
  /// After the quote that opens it, up to and with the one that closes it.
  std::optional<std::string> quoted() {
    std::string text;
    while (!rest_.empty()) {
      const char c = rest_.front();
      rest_.remove_prefix(1);
      if (c == '"') return text;
      if (c != '\\') {
        text += c;
        continue;
      }
      if (rest_.empty()) return std::nullopt;
      const char escaped = rest_.front();
      rest_.remove_prefix(1);
      text += escaped == 'n' ? '\n' : escaped;
    }
    return std::nullopt;
  }
  [[nodiscard]] std::string_view rest() const { return rest_; }

 private:
  std::string_view rest_;
};

std::optional<double> number_of(std::string_view text) {
  if (text == "NaN") return std::numeric_limits<double>::quiet_NaN();
  if (text == "+Inf" || text == "Inf") return std::numeric_limits<double>::infinity();
  if (text == "-Inf") return -std::numeric_limits<double>::infinity();
  if (text.starts_with('+')) text.remove_prefix(1);
  double value = 0;
  const auto* end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, value);
  if (read.ec != std::errc() || read.ptr != end) return std::nullopt;
  return value;
}

class Parser {
 public:
  explicit Parser(std::size_t most) : most_(most) {}

  /// What is wrong with the line; empty when nothing is.
  std::string take(std::string_view text) {
    while (!text.empty() && (is_blank(text.back()) || text.back() == '\r')) text.remove_suffix(1);
    Line line(text);
    line.skip_blanks();
    if (line.at_end()) return {};
    return line.skip('#') ? comment(line) : sample(line);
  }

  Exposition exposition;

 private:
  ExposedMetric& metric(std::string_view name) {
    const auto known = std::ranges::find(exposition.metrics, name, &ExposedMetric::name);
    if (known != exposition.metrics.end()) return *known;
    return exposition.metrics.emplace_back(ExposedMetric{.name = std::string(name), .help = {}});
  }

  std::string comment(Line& line) {
    line.skip_blanks();
    const auto keyword = line.word();
    if (keyword != "HELP" && keyword != "TYPE") return {};
    line.skip_blanks();
    const auto name = line.name();
    if (name.empty()) return fmt::format("{} without a metric's name", keyword);
    if (exposition.metrics.size() >= most_) return "too many metrics";
    line.skip_blanks();
    auto& described = metric(name);
    if (keyword == "HELP") described.help = std::string(line.rest().substr(0, 512));
    if (keyword == "TYPE" && line.rest() == "counter") described.type = MetricType::counter;
    return {};
  }

  std::string sample(Line& line) {
    ExposedSample found;
    found.name = line.name();
    if (found.name.empty()) return "a metric's name expected";
    line.skip_blanks();
    if (line.skip('{')) {
      if (auto fault = labels(line, found); !fault.empty()) return fault;
    }
    line.skip_blanks();
    const auto value = number_of(line.word());
    if (!value) return "a number expected";
    found.value = *value;
    line.skip_blanks();
    if (!line.at_end() && !number_of(line.word())) return "a timestamp or nothing expected behind the value";
    line.skip_blanks();
    if (!line.at_end()) return "the end of the line expected";
    if (exposition.samples.size() >= most_) return fmt::format("over {} samples", most_);
    std::ranges::sort(found.labels);
    if (!seen_.emplace(found.name, found.labels).second) return "a series that was there already";
    exposition.samples.push_back(std::move(found));
    return {};
  }

  static std::string labels(Line& line, ExposedSample& found) {
    for (;;) {
      line.skip_blanks();
      if (line.skip('}')) return {};
      const auto name = line.name();
      line.skip_blanks();
      if (name.empty() || !line.skip('=')) return "a label expected";
      if (name.starts_with("__") || name.contains(':')) return fmt::format("label {} is no name for a label", name);
      line.skip_blanks();
      if (!line.skip('"')) return "a label's value in quotes expected";
      auto value = line.quoted();
      if (!value) return "the end of a label's value expected";
      if (found.labels.size() >= kMostLabels) return fmt::format("over {} labels", kMostLabels);
      const bool twice = std::ranges::any_of(found.labels, [&](const auto& label) { return label.first == name; });
      if (twice) return fmt::format("label {} twice", name);
      if (!value->empty()) found.labels.emplace_back(name, std::move(*value));  // as good as none
      line.skip_blanks();
      if (!line.skip(',') && !line.rest().starts_with('}')) return "a comma or } expected";
    }
  }

  std::size_t most_;
  std::set<std::pair<std::string, std::vector<std::pair<std::string, std::string>>>> seen_;
};

}  // namespace

Result<Exposition> parse_exposition(std::string_view text, std::size_t most) {
  Parser parser(most);
  for (std::size_t number = 1; !text.empty(); ++number) {
    const auto line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    if (const auto fault = parser.take(line); !fault.empty()) return failure(fmt::format("line {}: {}", number, fault));
  }
  return std::move(parser.exposition);
}

}  // namespace a2od
