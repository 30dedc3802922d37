// What a query reads from: memory, and the history where memory does not reach.
#pragma once

#include "daemon/history/day_reader.hpp"
#include "rules/promql/expression.hpp"
#include "rules/series/snapshot.hpp"

#include <expected>
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <vector>

namespace a2od {

struct UnreadDay;

/// A state to read from, and what could not be read for it.
struct CoveringSeries {
  Snapshot series;
  std::vector<std::string> warnings = {};
};

/// From any thread; its calls block.
class SeriesSource {
 public:
  /// Memory alone.
  explicit SeriesSource(Snapshot memory) : memory_(std::move(memory)) {}
  /// Of what was before `memory_since`, memory has what rules ask for, and no more. `on_unread` is called for days that
  /// cannot be read.
  SeriesSource(Snapshot memory, Timestamp now, Timestamp memory_since, std::filesystem::path history,
               std::function<void(const UnreadDay&)> on_unread)
      : memory_(std::move(memory)),
        now_(now),
        memory_since_(memory_since),
        history_(std::move(history)),
        on_unread_(std::move(on_unread)) {}

  [[nodiscard]] const Snapshot& memory() const { return memory_; }

  using Covering = std::expected<CoveringSeries, promql::EvaluationError>;
  /// All samples of the windows, among others. Too many changes of values to read are an error.
  [[nodiscard]] Covering covering(std::span<const promql::SeriesWindow> windows,
                                  const promql::EvaluationLimits& limits) const {
    return covering(windows, DayContent::samples, limits);
  }
  /// The series alone: of one that ended on a day that the windows touch, it is not known when.
  [[nodiscard]] Covering covering_series(std::span<const promql::SeriesWindow> windows,
                                         const promql::EvaluationLimits& limits) const {
    return covering(windows, DayContent::series, limits);
  }

 private:
  [[nodiscard]] Covering covering(std::span<const promql::SeriesWindow> windows, DayContent content,
                                  const promql::EvaluationLimits& limits) const;
  [[nodiscard]] bool memory_covers(const promql::SeriesWindow& window) const;

  Snapshot memory_;
  Timestamp now_{};
  Timestamp memory_since_{};
  std::filesystem::path history_;
  std::function<void(const UnreadDay&)> on_unread_;
};

}  // namespace a2od
