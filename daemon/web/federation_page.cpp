#include "daemon/web/federation_page.hpp"

#include "daemon/web/exposition_text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace a2od {
namespace {

/// A value and a time in decimals, and what is around them.
constexpr std::size_t kMostBesideLabels = 80;
/// A label's quotes, equals sign and comma, and quotes around its name.
constexpr std::size_t kMostBesideLabel = 6;

bool is_plain(std::string_view text) {
  bool special = false;  // without an early end, this is done for many bytes at once
  for (const char c : text) special |= c == '"' || c == '\\' || c == '\n';
  return !special;
}

char* put(char* to, std::string_view text) { return std::ranges::copy(text, to).out; }

/// Writes series one after the other. What those of one metric have in common is looked at once.
class Page {
 public:
  Page(const std::map<std::string, std::string>& external_labels, std::size_t expected)
      : external_labels_(external_labels) {
    out_.reserve(expected);
  }

  void add(const Labels& labels, StoredSample sample) {
    const auto name = labels.get(kMetricName);
    if (name.empty()) return;
    if (family_ != name) {
      append_type(out_, name, "untyped");
      family_ = name;
      name_in_front_ = is_classic_metric_name(name);
    }
    if (sample.at != time_) set_time(sample.at);
    if (name_in_front_ && external_labels_.empty() && labels.names_are_classic() && is_plain(labels.text_of_values()))
      return add_plain(labels, sample.value);
    append_series(out_, labels, external_labels_);
    out_ += ' ';
    append_sample_value(out_, sample.value);
    out_ += time_text_;
  }

  [[nodiscard]] std::string take() { return std::move(out_); }

 private:
  void set_time(Timestamp at) {
    time_ = at;
    time_text_ = ' ' + std::to_string(at.time_since_epoch().count()) + '\n';
  }

  /// Nothing of it needs quotes or escapes beside values.
  void add_plain(const Labels& labels, double value) {
    const std::size_t before = out_.size();
    const std::size_t most = before + labels.text_size() + labels.size() * kMostBesideLabel + kMostBesideLabels;
    out_.resize_and_overwrite(most, [&](char* begin, std::size_t size) {
      char* to = put(begin + before, family_);
      char separator = '{';
      for (const auto& [name, text] : labels.pairs()) {
        if (name == kMetricName) continue;
        *to++ = separator;
        separator = ',';
        to = put(to, name);
        *to++ = '=';
        *to++ = '"';
        to = put(to, text);
        *to++ = '"';
      }
      if (separator == ',') *to++ = '}';
      *to++ = ' ';
      to = write_sample_value(to, begin + size, value);
      return static_cast<std::size_t>(put(to, time_text_) - begin);
    });
  }

  const std::map<std::string, std::string>& external_labels_;
  std::string out_;
  std::string family_;
  bool name_in_front_ = false;
  Timestamp time_ = Timestamp::min();
  std::string time_text_;
};

/// A little more than the page will have: growing it costs as much as filling it.
std::size_t expected_size(const Snapshot& snapshot, std::span<const SeriesRef> series) {
  constexpr std::size_t kProbes = 64;
  std::size_t bytes = 0;
  std::size_t probes = 0;
  for (std::size_t i = 0; i < series.size(); i += series.size() / kProbes + 1, ++probes) {
    const Labels& labels = snapshot.find(series[i])->labels();
    bytes += labels.text_size() + labels.size() * (kMostBesideLabel - 2) + kMostBesideLabels / 2;
  }
  return probes == 0 ? 0 : bytes / probes * series.size() + bytes;
}

}  // namespace

std::string federation_page(const Snapshot& snapshot, std::span<const SeriesRef> series, Timestamp now,
                            Milliseconds lookback, const std::map<std::string, std::string>& external_labels) {
  Page page(external_labels, expected_size(snapshot, series));
  // Each label set lies somewhere else: those that come next are fetched meanwhile.
  constexpr std::size_t kAhead = 8;
  for (std::size_t i = 0; i < series.size(); ++i) {
    if (i + kAhead < series.size()) snapshot.find(series[i + kAhead])->labels().prefetch();
    const Series& found = *snapshot.find(series[i]);
    if (const auto sample = found.latest(now, lookback)) page.add(found.labels(), *sample);
  }
  return page.take();
}

}  // namespace a2od
