#include "daemon/scrape/scraped_series.hpp"

#include "config/free_memory.hpp"

#include <algorithm>

namespace a2od {
namespace {

using namespace std::chrono_literals;
using Handle = PageReader::Handle;

constexpr std::size_t kCreatedTogether = 20'000;
/// Samples that say they are of a time beyond these are left out, as Prometheus does.
constexpr Milliseconds kFarthestAhead = 10min;
constexpr Milliseconds kFarthestBehind = 1h;
/// A target that is down for longer is read as a new one when it comes back: the store forgets series that have ended.
constexpr Milliseconds kLinesKept = 5min;
/// Scraped less often than this, each scrape finds its series by their labels, as the store forgets those that are
/// silent: all count as added, and they end by the lookback, without a marker.
constexpr Milliseconds kLongestInterval = 1h;
/// A scrape this much off its time is given that time: samples at equal distances are held as one run.
constexpr int kToleranceDivisor = 100;
constexpr Milliseconds kLargestTolerance = 100ms;

constexpr std::array<std::string_view, 5> kToldNames{"up", "scrape_duration_seconds", "scrape_samples_scraped",
                                                     "scrape_samples_post_metric_relabeling", "scrape_series_added"};

Handle handle_of(SeriesRef ref) { return Handle{ref.incarnation} << 32U | ref.slot; }
SeriesRef series_of(Handle handle) {
  return {static_cast<std::uint32_t>(handle), static_cast<std::uint32_t>(handle >> 32U)};
}

bool is_near(Timestamp time, Timestamp at) { return time >= at - kFarthestBehind && time <= at + kFarthestAhead; }

Labels labels_of(const ExposedLabels& labels, std::string_view name = {}) {
  std::vector<Labels::Pair> pairs(labels.begin(), labels.end());
  if (!name.empty()) pairs.emplace_back(kMetricName, name);
  return Labels::from(std::move(pairs));
}

}  // namespace

bool is_scrape_report(std::string_view metric) { return std::ranges::find(kToldNames, metric) != kToldNames.end(); }

Timestamp aligned(Timestamp now, std::optional<Timestamp> last, Milliseconds interval) {
  if (!last || now <= *last) return now;
  const auto intervals = (now - *last + interval / 2) / interval;
  const auto due = *last + intervals * interval;
  const auto tolerance = std::min(interval / kToleranceDivisor, kLargestTolerance);
  return intervals > 0 && std::chrono::abs(now - due) <= tolerance ? due : now;
}

void ScrapedSeries::read(FetchedPage page) {
  new_.clear();
  if (const auto unpacked = unpack(page, target_, page_size_ + page_size_ / 16); !unpacked)
    return fail(unpacked.error().message);
  page_size_ = page.body.size();
  report_ = page_.read(page.body, page.syntax, [this](std::size_t line, const ExposedLabels& labels) {
    new_.emplace_back(line, labels_of(labels));
  });
  if (report_.error) new_.clear();
  std::ranges::reverse(new_);  // taken from the end
}

void ScrapedSeries::fail(std::string error) {
  new_.clear();
  report_ = {.error = std::move(error)};
}

bool ScrapedSeries::create_some(Store& store, Timestamp at) {
  const auto gets_a_sample = [&](std::size_t line) {
    const auto timed = std::ranges::lower_bound(page_.times(), line, {}, [](const auto& own) { return own.first; });
    return timed == page_.times().end() || timed->first != line || is_near(timed->second, at);
  };
  for (std::size_t i = 0; i < kCreatedTogether && !new_.empty(); ++i) {
    const auto& [line, labels] = new_.back();
    // A series without a sample would stay for good: this one is found by its labels once it has one.
    if (gets_a_sample(line)) {
      const auto known = store.find(labels);
      page_.lines()[line].handle = handle_of(known ? *known : store.create(labels));
    } else {
      page_.lines()[line] = {};
      --report_.added;
    }
    new_.pop_back();
  }
  if (new_.empty()) free_memory(new_);
  return !new_.empty();
}

void ScrapedSeries::write(Store& store, Timestamp at, std::chrono::duration<double> took) {
  if (report_.error) {
    end_samples(store, at);
  } else {
    write_samples(store, at);
  }
  target_.interval > kLongestInterval ? page_.forget() : page_.drop_values();
  end_former(store, at);
  tell(store, up, at, report_.error ? 0 : 1);
  tell(store, duration, at, took.count());
  tell(store, scraped, at, static_cast<double>(report_.scraped));
  tell(store, kept, at, static_cast<double>(report_.kept));
  tell(store, added, at, static_cast<double>(report_.added));
}

void ScrapedSeries::write_samples(Store& store, Timestamp at) {
  const auto lines = page_.lines();
  const auto values = page_.values();
  const auto append = [&](std::size_t line, Timestamp time) {
    if (lines[line].handle == PageReader::kDropped) return;
    // A series that the store has forgotten is found by its labels the next time.
    if (store.append(series_of(lines[line].handle), time, values[line]) == Appended::vanished) lines[line] = {};
  };
  std::vector<std::pair<std::uint32_t, Timestamp>> timed(page_.times().begin(), page_.times().end());
  auto next = timed.begin();
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (next != timed.end() && next->first == i) {
      ++next;
    } else {
      append(i, at);
    }
  }
  // The history writes samples of one time together.
  std::ranges::sort(timed, {}, [](const auto& line) { return std::pair(line.second, line.first); });
  for (const auto& [line, time] : timed)
    if (is_near(time, at)) append(line, time);
  // A series that stands in the page with another text, too, has a sample of this time, and goes on.
  for (const auto handle : page_.vanished()) store.mark_stale(series_of(handle), at);
  down_since_.reset();
}

void ScrapedSeries::end_samples(Store& store, Timestamp at) {
  if (!down_since_) {
    for (const auto& line : page_.lines())
      if (!line.timed && line.handle < PageReader::kNew) store.mark_stale(series_of(line.handle), at);
    down_since_ = at;
  }
  const auto next = at + target_.interval + target_.timeout;
  if (next - *down_since_ > kLinesKept) page_.forget();
}

void ScrapedSeries::end_former(Store& store, Timestamp at) {
  for (const auto handle : former_) store.mark_stale(series_of(handle), at);
  free_memory(former_);
}

void ScrapedSeries::end(Store& store, Timestamp at) {
  end_samples(store, at);
  end_former(store, at);
  for (const auto& series : told_)
    if (series) store.mark_stale(*series, at);
  page_.forget();
}

void ScrapedSeries::take_over(ScrapedSeries& former) {
  former_.insert(former_.end(), former.former_.begin(), former.former_.end());
  free_memory(former.former_);
  for (const auto& line : former.page_.lines())
    if (!former.down_since_ && !line.timed && line.handle < PageReader::kNew) former_.push_back(line.handle);
  former.page_.forget();
}

void ScrapedSeries::tell(Store& store, Told what, Timestamp at, double value) {
  auto& series = told_.at(what);
  if (series && store.append(*series, at, value) != Appended::vanished) return;
  series = store.append(labels_of(target_.labels, kToldNames.at(what)), at, value);
}

}  // namespace a2od
