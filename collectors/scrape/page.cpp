#include "collectors/scrape/page.hpp"

#include "config/free_memory.hpp"
#include "config/text.hpp"
#include "config/utf8.hpp"

#include <boost/container_hash/hash.hpp>
#include <boost/unordered/unordered_flat_set.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <utility>

namespace a2od {
namespace {

constexpr std::string_view kName = "__name__";

/// Of one series, also where the configuration sets no limit.
constexpr std::size_t kMostLabelBytes = std::size_t{1} << 20;
/// Of one page: samples of one time are stored together.
constexpr std::size_t kMostTimes = 10'000;

struct Fault {
  std::string what;
};

/// The same text under another type may have other labels: see ExpositionParser::labels().
std::uint64_t hash_of(std::string_view series, MetricFamilyType type) {
  using enum MetricFamilyType;
  const std::uint64_t kind = type == histogram || type == gauge_histogram ? 1 : type == summary ? 2 : 0;
  return boost::hash<std::string_view>{}(series) + kind;
}

bool has_label(const ExposedLabels& labels, std::string_view name) {
  return std::ranges::find(labels, name, &ExposedLabels::value_type::first) != labels.end();
}

/// Labels of the page that the target's take the place of: "exported_job", or with as many "exported_" as it takes.
void keep_exported(ExposedLabels& labels, ExposedLabels conflicting) {
  std::ranges::sort(conflicting, {}, [](const auto& label) { return std::pair(label.first.size(), label.first); });
  for (auto& [name, value] : conflicting) {
    std::string other = "exported_" + name;
    while (!label_value(labels, other).empty()) other.insert(0, "exported_");
    set_label(labels, other, std::move(value));
  }
}

void add_target_labels(ExposedLabels& labels, const ScrapeTarget& target) {
  if (target.job->config.honor_labels) {
    // Also an empty label of the page keeps the target's away.
    for (const auto& [name, value] : target.labels)
      if (!has_label(labels, name)) labels.emplace_back(name, value);
    return;
  }
  ExposedLabels conflicting;
  for (const auto& [name, value] : target.labels) {
    const auto exposed = label_value(labels, name);
    if (!exposed.empty()) conflicting.emplace_back(name, exposed);
    set_label(labels, name, value);
  }
  if (!conflicting.empty()) keep_exported(labels, std::move(conflicting));
}

void check(const ExposedLabels& labels, const ScrapeConfig& limits) {
  if (label_value(labels, kName).empty()) throw Fault{"a series is left without a name by metric_relabel_configs"};
  const auto name = [&] { return quotable(label_value(labels, kName)); };
  std::size_t bytes = 0;
  for (const auto& [label, value] : labels) bytes += label.size() + value.size();
  if (bytes > kMostLabelBytes)
    throw Fault{fmt::format("the labels of series '{}' have {} bytes, of at most {}", name(), bytes, kMostLabelBytes)};
  if (limits.label_limit > 0 && labels.size() > limits.label_limit)
    throw Fault{
        fmt::format("series '{}' has {} labels, over label_limit {}", name(), labels.size(), limits.label_limit)};
  for (std::size_t i = 0; i < labels.size(); ++i) {
    const auto& [label, value] = labels[i];
    if (label.empty()) throw Fault{fmt::format("series '{}' has a label without a name", name())};
    if (!is_valid_utf8(label))
      throw Fault{fmt::format("series '{}' has a label whose name is not UTF-8: '{}'", name(), quotable(label))};
    if (i > 0 && label == labels[i - 1].first)
      throw Fault{fmt::format("series '{}' has label '{}' twice", name(), quotable(label))};
    if (limits.label_name_length_limit > 0 && label.size() > limits.label_name_length_limit)
      throw Fault{fmt::format("series '{}': the name of label '{}' has {} bytes, over label_name_length_limit {}",
                              name(), quotable(label), label.size(), limits.label_name_length_limit)};
    if (limits.label_value_length_limit > 0 && value.size() > limits.label_value_length_limit)
      throw Fault{fmt::format("series '{}': the value of label '{}' has {} bytes, over label_value_length_limit {}",
                              name(), quotable(label), value.size(), limits.label_value_length_limit)};
  }
}

}  // namespace

Result<std::optional<ExposedLabels>> scraped_labels(ExposedLabels exposed, const ScrapeTarget& target) {
  add_target_labels(exposed, target);
  std::erase_if(exposed, [](const auto& label) { return label.second.empty(); });
  if (!target.job->metric_relabeling.apply(exposed) || exposed.empty()) return std::nullopt;
  std::ranges::sort(exposed);
  try {
    check(exposed, target.job->config);
  } catch (const Fault& fault) {
    return failure(fault.what);
  }
  return exposed;
}

PageReader::PageReader(const ScrapeTarget& target, std::size_t most_samples)
    : target_(target), most_samples_(most_samples) {}

PageReport PageReader::read(std::string_view page, ExpositionSyntax syntax, const OnNew& on_new) {
  report_ = {};
  cursor_ = 0;
  differs_ = false;
  // Where reading ended in an exception, for want of memory, say.
  retimed_.clear();
  places_.clear();
  drop_values();
  values_.reserve(lines_.size());
  ExpositionParser parser(page, syntax);
  MetadataReader described;
  while (!report_.error) {
    if (report_.scraped > most_samples_) {
      report_.error = fmt::format("the page has more than {} samples, the most that a2od reads", most_samples_);
      break;
    }
    if (cursor_ < lines_.size()) {
      const Line& expected = lines_[cursor_];
      const auto text = parser.peek(expected.text_size);
      if (!text.empty() && hash_of(text, parser.type()) == expected.text_hash && parser.next_known(text.size())) {
        take_known(parser, expected);
        continue;
      }
    }
    const auto entry = parser.next();
    if (!entry) {
      report_.error = entry.error().message;
    } else if (*entry == ExpositionParser::Entry::series) {
      take(parser, on_new);
    } else if (*entry == ExpositionParser::Entry::end) {
      break;
    } else {
      described.take(*entry, parser);
    }
  }
  if (!report_.error) report_.error = over_limits();
  // Pages say the same again and again: it is kept once.
  if (!report_.error && described.metadata != *metadata_)
    metadata_ = std::make_shared<const PageMetadata>(std::move(described.metadata));
  finish();
  return report_;
}

void PageReader::take_known(const ExpositionParser& parser, const Line& line) {
  if (differs_) seen_[cursor_] = true;
  ++cursor_;
  put(parser, line);
}

/// A series that is not where it was: it may stand elsewhere, or be new.
void PageReader::take(const ExpositionParser& parser, const OnNew& on_new) {
  const auto series = parser.series();
  const auto hash = hash_of(series, parser.type());
  // In its place all the same, but not written as next_known() reads it.
  if (cursor_ < lines_.size() && lines_[cursor_].text_hash == hash && lines_[cursor_].text_size == series.size())
    return take_known(parser, lines_[cursor_]);
  if (!differs_) differ();
  if (const Line* known = find_elsewhere(hash, series.size())) {
    cursor_ = static_cast<std::size_t>(known - lines_.data());
    return take_known(parser, *known);
  }
  put(parser, new_line(parser, hash, on_new));
}

PageReader::Line PageReader::new_line(const ExpositionParser& parser, std::uint64_t hash, const OnNew& on_new) {
  Line line{.text_hash = hash, .text_size = static_cast<std::uint32_t>(parser.series().size())};
  auto labels = scraped_labels(parser.labels(), target_);
  if (!labels) {
    if (!report_.error) report_.error = fmt::format("line {}: {}", parser.line(), labels.error().message);
  } else if (!*labels) {
    line.handle = kDropped;
  } else if (!is_over_limit(report_.kept + 1)) {
    ++report_.added;
    on_new(values_.size(), **labels);
  }
  return line;
}

/// Then the page is refused: what follows is only counted.
bool PageReader::is_over_limit(std::size_t samples) const {
  const auto limit = target_.job->config.sample_limit;
  return limit > 0 && samples > limit;
}

void PageReader::put(const ExpositionParser& parser, Line line) {
  ++report_.scraped;
  if (line.handle != kDropped) ++report_.kept;
  if (is_over_limit(report_.kept)) return;
  const auto place = static_cast<std::uint32_t>(values_.size());
  const auto at = target_.job->config.honor_timestamps ? parser.timestamp() : std::nullopt;
  if (at) times_.emplace_back(place, *at);
  const bool timed = at && !target_.job->config.track_timestamps_staleness;
  if (differs_) {
    line.timed = timed;
    fresh_.push_back(line);
  } else if (lines_[place].timed != timed) {
    retimed_.push_back(place);
  }
  values_.push_back(parser.value());
}

/// From here on this page's lines are not those of the last one.
void PageReader::differ() {
  differs_ = true;
  seen_.assign(lines_.size(), false);
  std::fill_n(seen_.begin(), cursor_, true);
  fresh_.reserve(std::max(lines_.size(), cursor_ + 1));
  fresh_.assign(lines_.begin(), lines_.begin() + static_cast<std::ptrdiff_t>(cursor_));
  for (const auto place : std::exchange(retimed_, {})) fresh_[place].timed = !fresh_[place].timed;
}

const PageReader::Line* PageReader::find_elsewhere(std::uint64_t hash, std::size_t size) {
  if (places_.empty() && !lines_.empty()) {
    places_.reserve(lines_.size());
    for (std::size_t i = 0; i < lines_.size(); ++i) places_.emplace(lines_[i].text_hash, static_cast<std::uint32_t>(i));
  }
  const auto found = places_.find(hash);
  if (found == places_.end() || lines_[found->second].text_size != size) return nullptr;
  return &lines_[found->second];
}

std::optional<std::string> PageReader::over_limits() const {
  if (is_over_limit(report_.kept))
    return fmt::format("{} samples are over sample_limit {}", report_.kept, target_.job->config.sample_limit);
  if (has_too_many_times())
    return fmt::format(
        "its samples have more than {} different times; honor_timestamps: false takes that of the scrape", kMostTimes);
  return std::nullopt;
}

bool PageReader::has_too_many_times() const {
  if (times_.size() <= kMostTimes) return false;
  boost::unordered_flat_set<Timestamp::rep> different;
  for (const auto& [line, time] : times_)
    if (different.insert(time.time_since_epoch().count()).second && different.size() > kMostTimes) return true;
  return false;
}

/// A page that is refused leaves the lines of the one before.
void PageReader::finish() {
  free_memory(places_);
  if (!report_.error) {
    const auto gone = [&](const Line& line) {
      if (!line.timed && line.handle < kNew) vanished_.push_back(line.handle);
    };
    for (std::size_t i = differs_ ? 0 : cursor_; i < lines_.size(); ++i)
      if (!differs_ || !seen_[i]) gone(lines_[i]);
    if (differs_) {
      lines_ = std::exchange(fresh_, {});
      // Growing by doubling is for pages that are still unknown.
      if (lines_.capacity() > lines_.size() + lines_.size() / 8) lines_.shrink_to_fit();
    } else {
      for (const auto place : retimed_) lines_[place].timed = !lines_[place].timed;
      lines_.resize(cursor_);
    }
  }
  free_memory(retimed_);
  free_memory(fresh_);
  free_memory(seen_);
}

void PageReader::drop_values() {
  free_memory(values_);
  free_memory(times_);
  free_memory(vanished_);
}

void PageReader::forget() {
  free_memory(lines_);
  free_memory(values_);
  free_memory(times_);
  free_memory(vanished_);
}

}  // namespace a2od
