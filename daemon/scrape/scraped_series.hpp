// What the pages of one target become in the store: samples, stale markers, and the series that tell of the scrape.
#pragma once

#include "collectors/scrape/fetch.hpp"
#include "collectors/scrape/page.hpp"
#include "collectors/scrape/target.hpp"
#include "config/time.hpp"
#include "rules/series/labels.hpp"
#include "rules/series/store.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace a2od {

/// Whether a series tells of a scrape itself: `up` and `scrape_…`.
[[nodiscard]] bool is_scrape_report(std::string_view metric);

/// The time that a scrape's samples carry. One that is due `interval` after the last one, and only a hundredth of that
/// early or late, has its time to the millisecond: a value that repeats is then one run.
[[nodiscard]] Timestamp aligned(Timestamp now, std::optional<Timestamp> last, Milliseconds interval);

/// One scrape after the other: a page is read or fails, its new series are created, and it is written. Each call ends
/// before the next, on whatever thread; those that take the store are made by who owns it.
class ScrapedSeries {
 public:
  explicit ScrapedSeries(const ScrapeTarget& target) : target_(target), page_(target) {}

  /// Leaves nothing of a large page: its memory goes back from here, on the thread that reads.
  void read(FetchedPage page);
  void fail(std::string error);

  /// Some of the new series, so that nobody waits for the store for long; true while there are more. `at` is that of
  /// the write() which follows.
  [[nodiscard]] bool create_some(Store& store, Timestamp at);

  /// `at` is later than that of the scrape before.
  void write(Store& store, Timestamp at, std::chrono::duration<double> took);

  /// The target is not scraped any more: all of its series end.
  void end(Store& store, Timestamp at);

  /// What another one has written, and will not write any more, ends with the next scrape unless that brings it, too.
  void take_over(ScrapedSeries& former);

  /// Of the scrape that was read last.
  [[nodiscard]] const PageReport& report() const { return report_; }
  /// Of the last page that was taken; never null, and not changed any more.
  [[nodiscard]] const std::shared_ptr<const PageMetadata>& metadata() const { return page_.metadata(); }

 private:
  enum Told : std::uint8_t { up, duration, scraped, kept, added };
  static constexpr std::size_t kTold = 5;

  void write_samples(Store& store, Timestamp at);
  void end_samples(Store& store, Timestamp at);
  void end_former(Store& store, Timestamp at);
  void tell(Store& store, Told what, Timestamp at, double value);

  ScrapeTarget target_;
  PageReader page_;
  PageReport report_;
  std::vector<std::pair<std::size_t, Labels>> new_;  ///< by line
  std::vector<PageReader::Handle> former_;
  std::array<std::optional<SeriesRef>, kTold> told_;
  std::optional<Timestamp> down_since_;
  std::size_t page_size_ = 0;
};

}  // namespace a2od
