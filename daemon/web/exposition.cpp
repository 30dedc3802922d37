#include "daemon/web/exposition.hpp"

#include "daemon/web/exposition_text.hpp"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <stdexcept>
#include <utility>
#include <vector>

namespace a2od {

namespace {

std::string_view type_name(MetricType type, ExpositionFormat format) {
  if (type == MetricType::counter) return "counter";
  if (type == MetricType::info && format == ExpositionFormat::open_metrics) return "info";
  return "gauge";  // a state set of OpenMetrics needs a label of the metric's own name, which Prometheus' rules dislike
}

/// OpenMetrics names a family without the suffix that its samples carry.
std::string_view family_name(const Metric& metric, ExpositionFormat format) {
  auto name = metric.name;
  if (format == ExpositionFormat::text) return name;
  if (metric.type == MetricType::counter && name.ends_with("_total")) name.remove_suffix(6);
  if (metric.type == MetricType::info && name.ends_with("_info")) name.remove_suffix(5);
  return name;
}

void append_head(std::string& out, const Metric& metric, ExpositionFormat format) {
  const auto family = family_name(metric, format);
  out.append("# HELP ").append(family).append(" ");
  append_escaped(out, metric.help, format == ExpositionFormat::open_metrics);
  out.append("\n# TYPE ").append(family).append(" ").append(type_name(metric.type, format)).append("\n");
  if (format == ExpositionFormat::open_metrics && !metric.unit.empty() && family.ends_with(metric.unit))
    out.append("# UNIT ").append(family).append(" ").append(metric.unit).append("\n");
}

void append_sample(std::string& out, const Metric& metric, const Labels& labels, double current) {
  out += metric.name;
  char separator = '{';
  for (const auto& [name, value] : labels.pairs()) {
    if (CurrentValues::is_added_label(name)) continue;
    out += std::exchange(separator, ',');
    out.append(name).append("=\"");
    append_escaped(out, value, true);
    out += '"';
  }
  if (separator == ',') out += '}';
  out += ' ';
  append_sample_value(out, current);
  out += '\n';
}

/// Calls `appended` after each sample.
template <class Appended>
void append_page(std::string& out, const CurrentValues& values, ExpositionFormat format, Appended appended) {
  const Metric* current = nullptr;
  values.visit([&](const Metric& metric, const Labels& labels, double value) {
    if (current == nullptr || current->name != metric.name) append_head(out, *(current = &metric), format);
    append_sample(out, metric, labels, value);
    appended();
  });
  if (format == ExpositionFormat::open_metrics) out += "# EOF\n";
}

class Gzip {
 public:
  Gzip() {
    constexpr int kGzipWindow = 15 + 16;
    if (deflateInit2(&stream_, Z_BEST_SPEED, Z_DEFLATED, kGzipWindow, 8, Z_DEFAULT_STRATEGY) != Z_OK)
      throw std::runtime_error("gzip: out of memory");
  }
  ~Gzip() { deflateEnd(&stream_); }
  Gzip(const Gzip&) = delete;
  Gzip& operator=(const Gzip&) = delete;

  void write(std::string_view text) { deflate_all(text, Z_NO_FLUSH); }
  [[nodiscard]] std::string finish() {
    deflate_all({}, Z_FINISH);
    return std::move(out_);
  }

 private:
  void deflate_all(std::string_view text, int flush) {
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
    stream_.avail_in = static_cast<uInt>(text.size());
    do {
      stream_.next_out = reinterpret_cast<Bytef*>(block_.data());
      stream_.avail_out = static_cast<uInt>(block_.size());
      if (deflate(&stream_, flush) == Z_STREAM_ERROR) throw std::runtime_error("gzip: compression failed");
      out_.append(block_.data(), block_.size() - stream_.avail_out);
    } while (stream_.avail_out == 0);
  }

  z_stream stream_{};
  std::array<char, 1 << 14> block_{};
  std::string out_;
};

std::string_view trim(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

struct Choice {
  std::string_view what;
  double quality = 1;
};

std::vector<Choice> choices(std::string_view header) {
  std::vector<Choice> all;
  while (!header.empty() && all.size() < 64) {
    const auto comma = header.find(',');
    auto item = header.substr(0, comma);
    header = comma == std::string_view::npos ? std::string_view{} : header.substr(comma + 1);
    Choice choice{trim(item.substr(0, item.find(';')))};
    if (const auto q = item.find("q="); q != std::string_view::npos)
      std::from_chars(item.data() + q + 2, item.data() + item.size(), choice.quality);
    all.push_back(choice);
  }
  return all;
}

}  // namespace

std::string_view content_type(ExpositionFormat format) {
  return format == ExpositionFormat::open_metrics ? "application/openmetrics-text; version=1.0.0; charset=utf-8"
                                                  : "text/plain; version=0.0.4; charset=utf-8";
}

ExpositionFormat negotiate(std::string_view accept) {
  double text = 0;
  double open_metrics = 0;
  for (const auto& [what, quality] : choices(accept)) {
    if (what == "application/openmetrics-text") open_metrics = std::max(open_metrics, quality);
    if (what == "text/plain" || what == "text/*") text = std::max(text, quality);
  }
  return open_metrics > 0 && open_metrics >= text ? ExpositionFormat::open_metrics : ExpositionFormat::text;
}

bool accepts_gzip(std::string_view accept_encoding) {
  return std::ranges::any_of(choices(accept_encoding), [](const Choice& choice) {
    return (choice.what == "gzip" || choice.what == "*") && choice.quality > 0;
  });
}

std::string render(const CurrentValues& values, ExpositionFormat format, std::size_t expected) {
  std::string out;
  out.reserve(expected + expected / 16);
  append_page(out, values, format, [] {});
  return out;
}

std::string render_gzip(const CurrentValues& values, ExpositionFormat format) {
  constexpr std::size_t kBlock = 64 << 10;
  Gzip gzip;
  std::string text;
  append_page(text, values, format, [&] {
    if (text.size() < kBlock) return;
    gzip.write(text);
    text.clear();
  });
  gzip.write(text);
  return gzip.finish();
}

std::string gzipped(std::string_view text) {
  constexpr std::size_t kBlock = 1 << 20;
  Gzip gzip;
  for (; !text.empty(); text.remove_prefix(std::min(kBlock, text.size()))) gzip.write(text.substr(0, kBlock));
  return gzip.finish();
}

}  // namespace a2od
