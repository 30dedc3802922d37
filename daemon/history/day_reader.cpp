#include "daemon/history/day_reader.hpp"

#include "daemon/history/rows.hpp"
#include "rules/series/chunk.hpp"

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>
#include <SQLiteCpp/Transaction.h>
#include <boost/unordered/unordered_flat_map.hpp>

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace a2od {
namespace {

namespace fs = std::filesystem;
using promql::SeriesWindow;

std::int64_t milliseconds(Timestamp at) { return at.time_since_epoch().count(); }

/// Of a series that is asked for.
struct Wanted {
  bool any = false;
  Timestamp after = Timestamp::max();
  Timestamp until = Timestamp::min();
  std::optional<SeriesRef> series;  ///< once it has a sample
  Labels labels;
  std::optional<double> last;  ///< value in the journal
};

class DayReading {
 public:
  DayReading(const fs::path& folder, Day day, DayContent content, std::span<const SeriesWindow> windows, Store& into,
             const OnRuns& on_runs)
      : file_(day_file(folder, day)),
        content_(content),
        end_(day + std::chrono::days(1)),
        database_(open_day_file(file_, DayFileUse::read)),
        windows_(windows),
        into_(into),
        on_runs_(on_runs) {}

  void read() {
    guarded(file_, [this] { read_all(); });
  }

 private:
  void read_all() {
    if (!database_) return;
    const SQLite::Transaction one_state(*database_);
    SQLite::Statement metrics(*database_, "SELECT id, name FROM metric ORDER BY id");
    while (metrics.executeStep()) {
      const std::string name = metrics.getColumn(1).getString();
      if (!select(name)) continue;
      const std::int64_t metric = metrics.getColumn(0).getInt64();
      if (read_series(metric, name) && content_ == DayContent::samples) read_chunks(metric);
    }
    if (any_ && content_ == DayContent::samples) read_journal();
  }

  /// Whether any window may ask for series of that metric.
  bool select(const std::string& name) {
    asking_.clear();
    for (const SeriesWindow& window : windows_) {
      const bool fits = std::ranges::all_of(window.matchers, [&](const Matcher& matcher) {
        return matcher.name() != kMetricName || matcher.matches(name);
      });
      if (fits) asking_.push_back(&window);
    }
    return !asking_.empty();
  }

  bool read_series(std::int64_t metric, const std::string& name) {
    bool any = false;
    SQLite::Statement rows(*database_, "SELECT ids, labels FROM series WHERE metric = ? ORDER BY rowid");
    rows.bind(1, metric);
    while (rows.executeStep()) {
      const auto ids = ids_of(file_, rows.getColumn(0));
      if (on_runs_) on_runs_(ids.size());
      for (auto& [id, labels] : series_of(file_, name, ids, rows.getColumn(1))) any |= want(id, std::move(labels));
    }
    any_ |= any;
    return any;
  }

  bool want(std::uint32_t id, Labels labels) {
    Wanted wanted;
    for (const SeriesWindow* window : asking_) {
      if (!matches_all(window->matchers, labels)) continue;
      wanted.any = true;
      wanted.after = std::min(wanted.after, window->after);
      wanted.until = std::max(wanted.until, window->until);
    }
    if (!wanted.any) return false;
    wanted.labels = std::move(labels);
    if (content_ == DayContent::series) {
      add(wanted, {std::min(wanted.until, end_ - Milliseconds(1)), Milliseconds(0), 1, 0});
      return true;
    }
    wanted_.insert_or_assign(id, std::move(wanted));
    behind_wanted_ = std::max(behind_wanted_, id + 1);
    return true;
  }

  Wanted* find(std::uint32_t id) {
    const auto found = wanted_.find(id);
    return found == wanted_.end() ? nullptr : &found->second;
  }

  void add(Wanted& wanted, const SampleRun& run) {
    const SampleRun part = clip(run, wanted.after, wanted.until);
    if (part.count == 0) return;
    if (!wanted.series) {
      const auto known = into_.find(wanted.labels);
      wanted.series = known ? *known : into_.create(wanted.labels);
    }
    into_.append(*wanted.series, part);
  }

  void repeat(std::uint32_t id, Timestamp at) {
    Wanted* wanted = find(id);
    if (wanted == nullptr) return;
    if (!wanted->last) throw DamagedDayFile(file_, "its journal repeats a value that it does not have");
    add(*wanted, {at, Milliseconds(0), 1, *wanted->last});
  }

  void read_chunks(std::int64_t metric) {
    const auto earliest = std::ranges::min(asking_, {}, &SeriesWindow::after)->after;
    const auto latest = std::ranges::max(asking_, {}, &SeriesWindow::until)->until;
    SQLite::Statement rows(*database_,
                           "SELECT runs FROM chunk WHERE metric = ? AND last_at > ? AND first_at <= ? ORDER BY number");
    rows.bind(1, metric);
    rows.bind(2, milliseconds(earliest));
    rows.bind(3, milliseconds(latest));
    while (rows.executeStep()) {
      std::size_t runs = 0;
      visit_chunk(file_, rows.getColumn(0), [&](ChunkReader& chunk) {
        Wanted* wanted = find(chunk.id());
        if (wanted == nullptr) return;
        while (const auto run = chunk.next_run()) {
          add(*wanted, *run);
          runs += SealedRun::needed_for(*run);
        }
      });
      if (on_runs_) on_runs_(runs);
    }
  }

  void read_journal() {
    Timestamp earliest = Timestamp::max();
    Timestamp latest = Timestamp::min();
    for (const SeriesWindow& window : windows_) {
      earliest = std::min(earliest, window.after);
      latest = std::max(latest, window.until);
    }
    // From the beginning: what is repeated has its value before.
    visit_journal(file_, *database_, [&](Timestamp at, const Moment& moment) {
      std::size_t runs = 0;
      for (const auto& [id, value] : moment.changed) {
        Wanted* wanted = find(id);
        if (wanted == nullptr) continue;
        wanted->last = value;
        add(*wanted, {at, Milliseconds(0), 1, value});
        ++runs;
      }
      if (on_runs_) on_runs_(runs);
      if (at <= earliest || at > latest) return;
      for (const auto [begin, end] : moment.repeated)
        for (auto id = begin; id < std::min(end, behind_wanted_); ++id) repeat(id, at);
    });
  }

  fs::path file_;
  DayContent content_;
  Timestamp end_;
  std::unique_ptr<SQLite::Database> database_;
  std::span<const SeriesWindow> windows_;
  Store& into_;
  const OnRuns& on_runs_;
  std::vector<const SeriesWindow*> asking_;
  boost::unordered_flat_map<std::uint32_t, Wanted> wanted_;  ///< by id
  std::uint32_t behind_wanted_ = 0;                          ///< the largest of them
  bool any_ = false;
};

}  // namespace

void read_day(const fs::path& folder, Day day, DayContent content, std::span<const SeriesWindow> windows, Store& into,
              const OnRuns& on_runs) {
  DayReading(folder, day, content, windows, into, on_runs).read();
}

}  // namespace a2od
