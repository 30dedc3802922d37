#include "collectors/exposition/parser.hpp"

#include "config/text.hpp"
#include "config/utf8.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>

namespace a2od {
namespace {

constexpr const char* kBadName = "the metric's name is not valid UTF-8";

constexpr std::array<std::pair<std::string_view, MetricFamilyType>, 8> kTypes{{
    {"unknown", MetricFamilyType::unknown},
    {"counter", MetricFamilyType::counter},
    {"gauge", MetricFamilyType::gauge},
    {"histogram", MetricFamilyType::histogram},
    {"gaugehistogram", MetricFamilyType::gauge_histogram},
    {"summary", MetricFamilyType::summary},
    {"info", MetricFamilyType::info},
    {"stateset", MetricFamilyType::state_set},
}};

std::optional<MetricFamilyType> type_of(std::string_view text, ExpositionSyntax syntax) {
  if (syntax == ExpositionSyntax::text) {
    if (text == "untyped") return MetricFamilyType::unknown;
    if (text == "gauge_histogram") return MetricFamilyType::gauge_histogram;
    if (text == "unknown" || text == "info" || text == "stateset") return std::nullopt;
  }
  const auto* found = std::ranges::find(kTypes, text, &std::pair<std::string_view, MetricFamilyType>::first);
  return found == kTypes.end() ? std::nullopt : std::optional(found->second);
}

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// As Go reads floats, without underscores and hexadecimal digits.
std::optional<double> parse_float(std::string_view text) {
  auto digits = text;
  const bool negative = digits.starts_with('-');
  if (negative || digits.starts_with('+')) digits.remove_prefix(1);
  const double infinity = std::numeric_limits<double>::infinity();
  if (same_text(digits, "inf") || same_text(digits, "infinity")) return negative ? -infinity : infinity;
  if (same_text(text, "nan")) return std::numeric_limits<double>::quiet_NaN();
  if (digits.empty() || !(is_digit(digits.front()) || digits.front() == '.')) return std::nullopt;
  double value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (end != digits.data() + digits.size()) return std::nullopt;
  if (error == std::errc::result_out_of_range) {
    const auto exponent = digits.find_first_of("eE");
    const bool small = exponent != std::string_view::npos && digits.substr(exponent + 1).starts_with('-');
    if (!small) return std::nullopt;
    value = 0;
  } else if (error != std::errc{}) {
    return std::nullopt;
  }
  return negative ? -value : value;
}

/// The end of a number of up to 15 digits, perhaps with a point among them, or nullptr. Such numbers and the powers of
/// ten that they are divided by are exact, so the quotient is rounded as it should be.
const char* read_plain_number(const char* at, const char* end, double& value) {
  constexpr std::array<double, 16> kPowers{1e0, 1e1, 1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                           1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};
  constexpr std::ptrdiff_t kMostDigits = 15;
  const bool negative = at != end && *at == '-';
  if (negative) ++at;
  std::uint64_t digits = 0;
  const auto read_digits = [&] {
    const auto* const from = at;
    for (; at != end && is_digit(*at); ++at) digits = digits * 10 + static_cast<std::uint64_t>(*at - '0');
    return at - from;
  };
  const auto whole = read_digits();
  std::ptrdiff_t behind_point = 0;
  if (at != end && *at == '.') {
    ++at;
    behind_point = read_digits();
  }
  const auto count = whole + behind_point;
  if (count == 0 || count > kMostDigits) return nullptr;
  value = static_cast<double>(digits) / kPowers[static_cast<std::size_t>(behind_point)];
  if (negative) value = -value;
  return at;
}

/// "1" as "1.0", "1000000" as "1e+06", as Go writes them: values of le and quantile are equal where their numbers are.
std::string as_float(std::string_view text) {
  const auto value = parse_float(text);
  if (!value) return std::string(text);
  if (std::isnan(*value)) return "NaN";
  if (std::isinf(*value)) return *value > 0 ? "+Inf" : "-Inf";
  std::string shortest(32, '\0');
  const double size = std::fabs(*value);
  const bool scientific = size != 0 && (size < 1e-4 || size >= 1e6);
  const auto format = scientific ? std::chars_format::scientific : std::chars_format::fixed;
  const auto [end, error] = std::to_chars(shortest.data(), shortest.data() + shortest.size(), *value, format);
  shortest.resize(static_cast<std::size_t>(end - shortest.data()));
  if (shortest.find_first_of(".e") == std::string::npos) shortest += ".0";
  return shortest;
}

}  // namespace

std::string_view to_string(MetricFamilyType type) {
  return std::ranges::find(kTypes, type, &std::pair<std::string_view, MetricFamilyType>::second)->first;
}

Result<ExpositionParser::Entry> ExpositionParser::next() {
  if (ended_) return Entry::end;
  try {
    const Entry entry = read();
    ended_ = entry == Entry::end;
    return entry;
  } catch (const Fault& fault) {
    ended_ = true;
    return failure(fmt::format("line {}: {}", line(), fault.what));
  }
}

std::size_t ExpositionParser::line() const {
  return 1 + static_cast<std::size_t>(std::ranges::count(text_.substr(0, begin_), '\n'));
}

ExpositionParser::Entry ExpositionParser::read() {
  begin_ = place_;
  if (strict()) {
    if (skip("# EOF")) {
      skip("\n");
      if (!at_end()) throw Fault{"there is more behind # EOF"};
      return Entry::end;
    }
    if (at_end()) throw Fault{"expected # EOF at the end"};
    return at('#') ? read_open_metrics_comment() : read_series();
  }
  for (skip_blanks(); at('\n'); skip_blanks()) ++place_;
  begin_ = place_;
  if (at_end()) return Entry::end;
  return at('#') ? read_comment() : read_series();
}

ExpositionParser::Entry ExpositionParser::read_comment() {
  const std::size_t begin = place_++;
  const std::size_t word = place_;
  skip_blanks();
  if (place_ > word) {
    for (const auto& [keyword, kind] : {std::pair("HELP", Entry::help), std::pair("TYPE", Entry::type)}) {
      const auto line = text_.substr(place_);
      if (line.starts_with(keyword) && line.size() > 4 && (line[4] == ' ' || line[4] == '\t')) {
        place_ += 4;
        skip_blanks();
        return read_meta(kind, keyword);
      }
    }
  }
  place_ = begin;
  rest_ = read_line();
  return Entry::comment;
}

ExpositionParser::Entry ExpositionParser::read_open_metrics_comment() {
  constexpr std::array<std::pair<std::string_view, Entry>, 3> kKeywords{
      {{"# HELP ", Entry::help}, {"# TYPE ", Entry::type}, {"# UNIT ", Entry::unit}}};
  for (const auto& [keyword, kind] : kKeywords)
    if (skip(keyword)) return read_meta(kind, keyword.substr(2, 4));
  throw Fault{"expected # HELP, # TYPE, # UNIT or # EOF, found " + found()};
}

ExpositionParser::Entry ExpositionParser::read_meta(Entry kind, std::string_view keyword) {
  metric_ = at('"') ? read_quoted() : read_name(true);
  if (metric_.empty()) throw Fault{fmt::format("expected a metric's name behind {}, found {}", keyword, found())};
  if (!is_valid_utf8(metric_)) throw Fault{kBadName};
  if (strict() && !skip(" ")) throw Fault{fmt::format("expected a text behind {} and the metric's name", keyword)};
  const std::size_t size = text_.size();
  rest_ = read_line();
  if (strict() && place_ == size && !text_.ends_with('\n')) throw Fault{"the last line does not end"};
  if (!strict() && !rest_.empty()) rest_.remove_prefix(1);
  if (kind == Entry::help && !is_valid_utf8(rest_)) throw Fault{"the help text is not valid UTF-8"};
  if (kind == Entry::type) {
    const auto type = type_of(rest_, syntax_);
    if (!type) throw Fault{fmt::format("'{}' is no type of a metric", quotable(rest_))};
    type_ = *type;
  }
  if (kind == Entry::unit && !rest_.empty() && !metric_.ends_with("_" + std::string(rest_)))
    throw Fault{fmt::format("the metric '{}' does not end with its unit '_{}'", quotable(metric_), quotable(rest_))};
  return kind;
}

ExpositionParser::Entry ExpositionParser::read_series() {
  const std::size_t begin = place_;
  labels_.clear();
  metric_ = read_name(true);
  std::size_t end = place_;
  if (!strict()) skip_blanks();
  if (skip("{")) {
    const auto quoted = read_labels(labels_, false);
    if (!metric_.empty() && !quoted.empty()) throw Fault{"the metric's name is given twice"};
    if (metric_.empty()) metric_ = quoted;
    end = place_;
  } else if (metric_.empty()) {
    throw Fault{"expected a series, found " + found()};
  }
  if (metric_.empty()) throw Fault{"the series has no metric's name"};
  if (!is_valid_utf8(metric_)) throw Fault{kBadName};
  series_ = text_.substr(begin, end - begin);
  read_sample();
  return Entry::series;
}

/// Behind the series.
void ExpositionParser::read_sample() {
  timestamp_.reset();
  exemplar_.is_there = false;
  if (strict() ? !skip(" ") : (skip_blanks(), false)) throw Fault{"expected a value, found " + found()};
  const auto number = read_until(strict() ? " \n" : "{ \t\n");
  if (number.empty()) throw Fault{"expected a value, found " + found()};
  const auto value = parse_float(number);
  if (!value) throw Fault{fmt::format("'{}' is no number", quotable(number))};
  value_ = *value;
  if (!strict()) skip_blanks();
  if (strict() && text_.substr(place_).starts_with(" # {")) {
    read_exemplar();
  } else if (!at_end() && !at('\n')) {
    read_timestamp();
    if (strict() && text_.substr(place_).starts_with(" # {")) read_exemplar();
  }
  expect_line_end("the sample");
}

bool ExpositionParser::next_known(std::size_t series_size) {
  if (ended_) return false;
  const std::size_t begin = place_;
  const auto rest = text_.substr(begin + series_size);
  const auto* const end = rest.data() + rest.size();
  const auto* const number = rest.data() + 1;
  double value = 0;
  const auto* const behind = read_plain_number(number, end, value);
  if (behind != nullptr && behind != end && *behind == '\n') {
    place_ = begin + series_size + static_cast<std::size_t>(behind - rest.data()) + 1;
    value_ = value;
    timestamp_.reset();
    exemplar_.is_there = false;
  } else {
    place_ = begin + series_size;
    try {
      read_sample();
    } catch (const Fault&) {
      place_ = begin;
      return false;
    }
  }
  begin_ = begin;
  series_ = text_.substr(begin, series_size);
  return true;
}

std::string_view ExpositionParser::read_labels(std::vector<Label>& labels, bool exemplar) {
  std::string_view metric;
  const auto blanks = [this] {
    if (!strict()) skip_blanks();
  };
  for (blanks(); !skip("}"); blanks()) {
    const bool quoted = at('"');
    const auto name = quoted ? read_quoted() : read_name(false);
    if (name.empty() && !quoted) throw Fault{"expected a label's name, found " + found()};
    blanks();
    if (quoted && !exemplar && (at(',') || at('}'))) {
      if (!metric.empty()) throw Fault{"the metric's name is given twice"};
      metric = name;
      if (at(',')) ++place_;
      continue;
    }
    if (!skip("=")) throw Fault{"expected = behind a label's name, found " + found()};
    blanks();
    if (!at('"')) throw Fault{"expected a label's value in double quotes, found " + found()};
    const auto value = read_quoted();
    if (!is_valid_utf8(value)) throw Fault{fmt::format("the value of label '{}' is not valid UTF-8", quotable(name))};
    labels.push_back({name, value});
    blanks();
    if (!skip(",") && strict() && !at('}')) throw Fault{"expected , or } behind a label, found " + found()};
  }
  return metric;
}

void ExpositionParser::read_timestamp() {
  if (strict() && !skip(" ")) throw Fault{"expected a time or the end of the line, found " + found()};
  const auto text = read_until(" \t\n");
  if (!strict()) {
    std::int64_t milliseconds = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), milliseconds);
    if (error != std::errc{} || end != text.data() + text.size())
      throw Fault{fmt::format("'{}' is no time in milliseconds", quotable(text))};
    timestamp_ = Timestamp(Milliseconds(milliseconds));
    return;
  }
  constexpr double kFarthest = 9e12;
  const auto seconds = parse_float(text);
  if (!seconds || !(std::fabs(*seconds) < kFarthest))
    throw Fault{fmt::format("'{}' is no time in seconds", quotable(text))};
  timestamp_ = Timestamp(Milliseconds(static_cast<std::int64_t>(*seconds * 1000)));
}

void ExpositionParser::read_exemplar() {
  place_ += std::string_view(" # {").size();
  exemplar_.labels.clear();
  read_labels(exemplar_.labels, true);
  if (!skip(" ")) throw Fault{"expected a value behind the exemplar's labels, found " + found()};
  const auto number = read_until(" \n");
  const auto value = parse_float(number);
  if (!value) throw Fault{fmt::format("'{}' is no number", quotable(number))};
  exemplar_.value = *value;
  exemplar_.at.reset();
  exemplar_.is_there = true;
  if (at_end() || at('\n')) return;
  const auto sample = timestamp_;
  read_timestamp();
  exemplar_.at = std::exchange(timestamp_, sample);
}

std::optional<Exemplar> ExpositionParser::exemplar() const {
  if (!exemplar_.is_there) return std::nullopt;
  Exemplar exemplar{.labels = {}, .value = exemplar_.value, .at = exemplar_.at};
  for (const auto& [name, value] : exemplar_.labels) exemplar.labels.emplace_back(unescaped(name), unescaped(value));
  return exemplar;
}

void ExpositionParser::expect_line_end(std::string_view after) {
  if (!strict()) skip_blanks();
  if (skip("\n") || (!strict() && at_end())) return;
  throw Fault{fmt::format("expected the end of the line behind {}, found {}", after, found())};
}

std::string_view ExpositionParser::read_name(bool metric) {
  const std::size_t begin = place_;
  const auto fits = [&](char c) { return is_letter(c) || (metric && c == ':') || (place_ > begin && is_digit(c)); };
  while (!at_end() && fits(text_[place_])) ++place_;
  return text_.substr(begin, place_ - begin);
}

/// Without the quotes; over several lines, as Prometheus reads it.
std::string_view ExpositionParser::read_quoted() {
  const std::size_t begin = ++place_;
  while (!at_end() && !at('"')) place_ += at('\\') ? 2 : 1;
  if (at_end()) throw Fault{"a text in double quotes does not end"};
  return text_.substr(begin, place_++ - begin);
}

std::string_view ExpositionParser::read_until(std::string_view ends) {
  const std::size_t begin = place_;
  place_ = std::min(text_.find_first_of(ends, place_), text_.size());
  return text_.substr(begin, place_ - begin);
}

std::string_view ExpositionParser::read_line() {
  const auto line = read_until("\n");
  skip("\n");
  return line;
}

bool ExpositionParser::skip(std::string_view text) {
  if (!text_.substr(std::min(place_, text_.size())).starts_with(text)) return false;
  place_ += text.size();
  return true;
}

void ExpositionParser::skip_blanks() {
  while (at(' ') || at('\t')) ++place_;
}

std::string ExpositionParser::found() const {
  if (at_end()) return "the end";
  if (at('\n')) return "the end of the line";
  const auto c = static_cast<unsigned char>(text_[place_]);
  return c >= 0x20 && c < 0x7f ? fmt::format("'{}'", static_cast<char>(c)) : fmt::format("byte 0x{:02x}", c);
}

std::string ExpositionParser::unescaped(std::string_view text) {
  if (text.find('\\') == std::string_view::npos) return std::string(text);
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char next = text[i] == '\\' && i + 1 < text.size() ? text[i + 1] : '\0';
    if (next == '\\' || next == '"' || next == 'n') {
      out += next == 'n' ? '\n' : next;
      ++i;
    } else {
      out += text[i];
    }
  }
  return out;
}

/// In the text format a quote is no escape.
std::string ExpositionParser::help() const {
  std::string out;
  for (std::size_t i = 0; i < rest_.size(); ++i) {
    const char next = rest_[i] == '\\' && i + 1 < rest_.size() ? rest_[i + 1] : '\0';
    if (next == '\\' || next == 'n' || (next == '"' && strict())) {
      out += next == 'n' ? '\n' : next;
      ++i;
    } else {
      out += rest_[i];
    }
  }
  return out;
}

ExposedLabels ExpositionParser::labels() const {
  ExposedLabels all{{"__name__", unescaped(metric_)}};
  const bool buckets = type_ == MetricFamilyType::histogram || type_ == MetricFamilyType::gauge_histogram;
  for (const auto& [name, value] : labels_) {
    const bool number = (name == "le" && buckets) || (name == "quantile" && type_ == MetricFamilyType::summary);
    all.emplace_back(unescaped(name), number ? as_float(value) : unescaped(value));
  }
  return all;
}

}  // namespace a2od
