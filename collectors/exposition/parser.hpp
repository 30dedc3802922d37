// Reads what exporters answer, entry by entry and without copying: Prometheus' text format 0.0.4 with names in UTF-8,
// and OpenMetrics 1.0. What Prometheus' own scraper accepts is accepted, and nothing else.
#pragma once

#include "config/result.hpp"
#include "config/time.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace a2od {

enum class ExpositionSyntax : std::uint8_t { text, open_metrics };

enum class MetricFamilyType : std::uint8_t {
  unknown,
  counter,
  gauge,
  histogram,
  gauge_histogram,
  summary,
  info,
  state_set
};
/// As OpenMetrics writes it: "gaugehistogram".
[[nodiscard]] std::string_view to_string(MetricFamilyType type);

using ExposedLabels = std::vector<std::pair<std::string, std::string>>;

/// A sample's origin, beside it in OpenMetrics.
struct Exemplar {
  ExposedLabels labels;
  double value = 0;
  std::optional<Timestamp> at;
};

/// Views into the text, which must outlive the parser; those of an entry are good until the next one.
class ExpositionParser {
 public:
  enum class Entry : std::uint8_t { end, help, type, unit, comment, series };

  ExpositionParser(std::string_view text, ExpositionSyntax syntax) : text_(text), syntax_(syntax) {}

  /// The error names line and fault; nothing can be read after it.
  [[nodiscard]] Result<Entry> next();

  /// For who knows from an earlier page what comes next. The text of that size, where a blank follows it: it may be a
  /// series, as series() would show it. Else empty.
  [[nodiscard]] std::string_view peek(std::size_t size) const {
    const bool fits = size < text_.size() - std::min(place_, text_.size()) && text_[place_ + size] == ' ';
    return fits ? text_.substr(place_, size) : std::string_view();
  }
  /// Reads a sample whose series is known to be the text that peek() showed; labels() are not to be had then. False:
  /// it is written otherwise, nothing was read, and next() tells.
  [[nodiscard]] bool next_known(std::size_t series_size);

  /// Where the entry stands that was read last.
  [[nodiscard]] std::size_t line() const;

  /// Of help, type and unit.
  [[nodiscard]] std::string metric() const { return unescaped(metric_); }
  [[nodiscard]] std::string help() const;
  [[nodiscard]] MetricFamilyType type() const { return type_; }
  [[nodiscard]] std::string_view unit() const { return rest_; }
  /// With its #.
  [[nodiscard]] std::string_view comment() const { return rest_; }

  /// The series as it is written, labels included: the same text is the same series.
  [[nodiscard]] std::string_view series() const { return series_; }
  /// With `__name__`, in the order of the text. `le` and `quantile` are written as floats, 1 as "1.0", where the type
  /// says that they are.
  [[nodiscard]] ExposedLabels labels() const;
  [[nodiscard]] double value() const { return value_; }
  [[nodiscard]] std::optional<Timestamp> timestamp() const { return timestamp_; }
  [[nodiscard]] std::optional<Exemplar> exemplar() const;

 private:
  struct Label {
    std::string_view name;
    std::string_view value;
  };
  struct Fault {
    std::string what;
  };
  /// As it is written: what nobody asks for takes no memory of its own.
  struct WrittenExemplar {
    bool is_there = false;
    std::vector<Label> labels;
    double value = 0;
    std::optional<Timestamp> at;
  };

  Entry read();
  Entry read_comment();
  Entry read_meta(Entry kind, std::string_view keyword);
  Entry read_open_metrics_comment();
  Entry read_series();
  void read_sample();
  /// Behind the opening brace; returns the metric's name where it stands among the labels.
  std::string_view read_labels(std::vector<Label>& labels, bool exemplar);
  void read_timestamp();
  void read_exemplar();
  void expect_line_end(std::string_view after);
  std::string_view read_name(bool metric);
  std::string_view read_quoted();
  std::string_view read_until(std::string_view ends);
  std::string_view read_line();
  bool skip(std::string_view text);
  void skip_blanks();
  [[nodiscard]] bool at(char c) const { return place_ < text_.size() && text_[place_] == c; }
  [[nodiscard]] bool at_end() const { return place_ >= text_.size(); }
  [[nodiscard]] std::string found() const;
  [[nodiscard]] bool strict() const { return syntax_ == ExpositionSyntax::open_metrics; }
  static std::string unescaped(std::string_view text);

  std::string_view text_;
  ExpositionSyntax syntax_;
  std::size_t place_ = 0;
  std::size_t begin_ = 0;  ///< of the entry
  bool ended_ = false;
  std::string_view metric_;
  std::string_view rest_;
  std::string_view series_;
  MetricFamilyType type_ = MetricFamilyType::unknown;
  std::vector<Label> labels_;
  double value_ = 0;
  std::optional<Timestamp> timestamp_;
  WrittenExemplar exemplar_;
};

}  // namespace a2od
