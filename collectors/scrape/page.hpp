// A target's page of metrics, read again and again: series that were there before are known by their text, and cost
// neither labels nor memory.
#pragma once

#include "collectors/exposition/parser.hpp"
#include "collectors/scrape/metadata.hpp"
#include "collectors/scrape/target.hpp"
#include "config/time.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace a2od {

/// What a page had; counts also where it was refused.
struct PageReport {
  std::size_t scraped = 0;           ///< samples
  std::size_t kept = 0;              ///< after relabelling
  std::size_t added = 0;             ///< series that the page before did not have
  std::optional<std::string> error;  ///< a page is taken whole or not at all
};

/// The series of the last page that was taken, in its order. Exporters write theirs in the same order each time, so a
/// line is first compared with the one that stood there, by a hash of its text.
class PageReader {
 public:
  /// Whatever the owner knows a series by.
  using Handle = std::uint64_t;
  static constexpr Handle kDropped = ~Handle{0};
  static constexpr Handle kNew = kDropped - 1;

  struct Line {
    std::uint64_t text_hash = 0;
    Handle handle = kNew;  ///< kDropped: by relabelling
    std::uint32_t text_size = 0;
    bool timed = false;  ///< it brought a time of its own, and does not end when it vanishes
  };

  /// A page may have so many samples, also where the configuration sets no limit.
  static constexpr std::size_t kMostSamples = 10'000'000;

  explicit PageReader(const ScrapeTarget& target, std::size_t most_samples = kMostSamples);

  /// Called for each line whose series is new and kept, with its final labels, `__name__` among them.
  using OnNew = std::function<void(std::size_t line, const ExposedLabels& labels)>;
  [[nodiscard]] PageReport read(std::string_view page, ExpositionSyntax syntax, const OnNew& on_new);

  /// Of the page that was read last, where it was taken.
  [[nodiscard]] std::span<Line> lines() { return lines_; }
  [[nodiscard]] std::span<const double> values() const { return values_; }
  /// Lines with a time of their own, in their order.
  [[nodiscard]] std::span<const std::pair<std::uint32_t, Timestamp>> times() const { return times_; }
  /// What the page before had and this one has not; without those that brought times of their own.
  [[nodiscard]] std::span<const Handle> vanished() const { return vanished_; }

  /// Of the page that was taken last; never null, and not changed any more.
  [[nodiscard]] const std::shared_ptr<const PageMetadata>& metadata() const { return metadata_; }

  /// The values and times have been used: nothing but the lines is kept until the next page.
  void drop_values();

  /// Knows nothing any more.
  void forget();

 private:
  void take_known(const ExpositionParser& parser, const Line& line);
  void take(const ExpositionParser& parser, const OnNew& on_new);
  Line new_line(const ExpositionParser& parser, std::uint64_t hash, const OnNew& on_new);
  void put(const ExpositionParser& parser, Line line);
  const Line* find_elsewhere(std::uint64_t hash, std::size_t size);
  void differ();
  [[nodiscard]] bool is_over_limit(std::size_t samples) const;
  [[nodiscard]] std::optional<std::string> over_limits() const;
  [[nodiscard]] bool has_too_many_times() const;
  void finish();

  ScrapeTarget target_;
  std::size_t most_samples_;
  std::vector<Line> lines_;
  std::vector<double> values_;
  std::vector<std::pair<std::uint32_t, Timestamp>> times_;
  std::vector<Handle> vanished_;
  std::shared_ptr<const PageMetadata> metadata_ = std::make_shared<const PageMetadata>();

  // While a page is read.
  std::size_t cursor_ = 0;  ///< the line of the last page that should come next
  bool differs_ = false;    ///< this page from the last one, from some line on: then its lines are in fresh_
  std::vector<Line> fresh_;
  std::vector<std::uint32_t> retimed_;  ///< lines that bring a time of their own now, or do not any more
  std::vector<bool> seen_;              ///< lines of the last page, once this one differs
  boost::unordered_flat_map<std::uint64_t, std::uint32_t> places_;  ///< of all lines by hash, once one is out of order
  PageReport report_;
};

/// The labels of a series of this target: those of its page with those of the target, rewritten. Nothing: dropped. The
/// error is a label or name that cannot be.
[[nodiscard]] Result<std::optional<ExposedLabels>> scraped_labels(ExposedLabels exposed, const ScrapeTarget& target);

}  // namespace a2od
