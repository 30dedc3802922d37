#include "daemon/history/day_writer.hpp"

#include "config/free_memory.hpp"
#include "daemon/history/rows.hpp"

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>
#include <SQLiteCpp/Transaction.h>

#include <algorithm>
#include <limits>
#include <optional>
#include <set>
#include <utility>

namespace a2od {
namespace {

namespace fs = std::filesystem;

/// Series are sealed so many at a time, as their runs take memory meanwhile; but at least such a part of all of them,
/// as each time the whole journal is read.
constexpr std::size_t kSealedTogether = 16'384;
constexpr std::size_t kPartSealedTogether = 4;
constexpr std::size_t kSeriesPerChunk = 4096;
constexpr std::size_t kMergedTogether = 1024;
constexpr std::size_t kLargestRow = kMaxUnpacked / 4;
constexpr std::uint32_t kNowhere = std::numeric_limits<std::uint32_t>::max();

/// After the clock was set back, samples come that are not newer: what was there first stays.
void join(std::vector<PackedRun>& runs, PackedRun run) {
  if (!runs.empty() && run.first <= runs.back().last())
    run = PackedRun::of(clip(run.unpacked(), Timestamp(Milliseconds(runs.back().last())), Timestamp::max()));
  if (run.count == 0) return;
  if (runs.empty() || !runs.back().extend(run)) runs.push_back(run);
}

/// What the journal has of a series: most samples make its last run longer, and touch nothing else.
class JournalSeries {
 public:
  void add(Timestamp at, double value) {
    newest_ = value;
    has_value_ = true;
    take(PackedRun::of(at, value));
  }
  /// Whether there is a value to repeat.
  [[nodiscard]] bool repeat(Timestamp at) {
    if (has_value_) take(PackedRun::of(at, newest_));
    return has_value_;
  }
  [[nodiscard]] std::vector<PackedRun> take_runs() {
    if (run_.count > 0) before_.push_back(run_);
    return std::move(before_);
  }

 private:
  void take(const PackedRun& sample) {
    if (run_.extend(sample)) return;
    if (run_.count > 0 && sample.first <= run_.last()) return;  // as in join()
    if (run_.count > 0) before_.push_back(run_);
    run_ = sample;
  }

  std::vector<PackedRun> before_;
  PackedRun run_;
  double newest_ = 0;  ///< be its sample too old to stay
  bool has_value_ = false;
};

/// Calls visit(id) for each id that is in both.
template <class Visit>
void visit_common(std::span<const IdRange> one, std::span<const IdRange> other, Visit&& visit) {
  for (auto a = one.begin(), b = other.begin(); a != one.end() && b != other.end();) {
    const auto end = std::min(a->end, b->end);
    for (auto id = std::max(a->first, b->first); id < end; ++id) visit(id);
    a->end < b->end ? ++a : ++b;
  }
}

}  // namespace

DayWriter::DayWriter(fs::path file) : file_(std::move(file)), database_(open_day_file(file_, DayFileUse::write)) {
  guarded(file_, [this] { read_known_series(); });
}

DayWriter::~DayWriter() = default;
DayWriter::DayWriter(DayWriter&&) noexcept = default;
DayWriter& DayWriter::operator=(DayWriter&&) noexcept = default;

void DayWriter::read_known_series() {
  SQLite::Statement rows(*database_,
                         "SELECT metric.name, ids, labels FROM series JOIN metric ON metric.id = series.metric");
  while (rows.executeStep()) {
    const auto ids = ids_of(file_, rows.getColumn(1));
    for (auto& [id, labels] : series_of(file_, rows.getColumn(0).getString(), ids, rows.getColumn(2))) {
      known_.insert_or_assign(std::move(labels), id);
      next_id_ = std::max(next_id_, id + 1);
    }
  }
  SQLite::Statement journal(*database_, "SELECT coalesce(sum(length(moment)), 0) FROM journal");
  journal.executeStep();
  journal_bytes_ = static_cast<std::size_t>(journal.getColumn(0).getInt64());
}

std::uint32_t DayWriter::id_of(const Labels& labels) {
  if (const auto known = known_.find(labels); known != known_.end()) {
    const std::uint32_t id = known->second;
    known_.erase(known);
    return id;
  }
  const std::uint32_t id = next_id_++;
  const auto name = labels.get(kMetricName);
  auto named = new_series_.find(name);
  if (named == new_series_.end()) named = new_series_.emplace(std::string(name), NewSeries{}).first;
  named->second.emplace_back(id, labels);
  return id;
}

void DayWriter::append(Timestamp at, Moment moment, std::size_t samples) {
  pending_samples_ += samples;
  new_rows_.push_back({at, pack(encode_moment(moment))});
  pending_bytes_ += new_rows_.back().moment.size();
}

void DayWriter::commit() {
  if (new_rows_.empty() && new_series_.empty()) return;
  guarded(file_, [this] {
    SQLite::Transaction transaction(*database_, SQLite::TransactionBehavior::IMMEDIATE);
    for (const auto& [metric, series] : new_series_) write_series(metric, series);
    SQLite::Statement insert(*database_, "INSERT INTO journal (at, moment) VALUES (?, ?)");
    for (const Row& row : new_rows_) {
      insert.bind(1, static_cast<std::int64_t>(row.at.time_since_epoch().count()));
      bind_blob(insert, 2, row.moment);
      insert.exec();
      insert.reset();
    }
    transaction.commit();
  });
  journal_bytes_ += pending_bytes_;
  new_series_.clear();
  new_rows_.clear();
  pending_bytes_ = 0;
  pending_samples_ = 0;
}

/// Series come a few at a time: in one row they are packed better, and read at once.
void DayWriter::merge_series(std::int64_t metric, const std::string& name) {
  SQLite::Transaction transaction(*database_, SQLite::TransactionBehavior::IMMEDIATE);
  NewSeries all;
  int rows_before = 0;
  std::size_t bytes = 0;
  {
    SQLite::Statement rows(*database_, "SELECT ids, labels FROM series WHERE metric = ?");
    for (rows.bind(1, metric); rows.executeStep(); ++rows_before) {
      for (auto& one : series_of(file_, name, ids_of(file_, rows.getColumn(0)), rows.getColumn(1))) {
        bytes += one.second.text_size();
        all.push_back(std::move(one));
      }
      if (bytes > kLargestRow) return;
    }
  }
  if (rows_before <= 1 || all.size() > kSeriesPerChunk * 16) return;
  std::ranges::sort(all, {}, &NewSeries::value_type::first);
  SQLite::Statement remove(*database_, "DELETE FROM series WHERE metric = ?");
  remove.bind(1, metric);
  remove.exec();
  write_series(name, all);
  transaction.commit();
}

/// In rows that can be read: see kMaxUnpacked.
void DayWriter::write_series(std::string_view name, const NewSeries& series) {
  const auto metric = metric_id(name);
  std::vector<std::uint32_t> ids;
  std::string labels;
  for (const auto& [id, label_set] : series) {
    ids.push_back(id);
    append_labels(labels, label_set);
    if (labels.size() < kLargestRow) continue;
    write_series_row(metric, ids, labels);
    ids.clear();
    labels.clear();
  }
  if (!ids.empty()) write_series_row(metric, ids, labels);
}

void DayWriter::write_series_row(std::int64_t metric, std::span<const std::uint32_t> ids, std::string_view labels) {
  const std::string packed_ids = pack(encode_ids(ids));
  const std::string packed_labels = pack(labels);
  SQLite::Statement insert(*database_, "INSERT INTO series (metric, ids, labels) VALUES (?, ?, ?)");
  insert.bind(1, metric);
  bind_blob(insert, 2, packed_ids);
  bind_blob(insert, 3, packed_labels);
  insert.exec();
}

std::int64_t DayWriter::metric_id(std::string_view name) {
  const std::string text(name);
  SQLite::Statement insert(*database_, "INSERT INTO metric (name) VALUES (?) ON CONFLICT DO NOTHING");
  insert.bindNoCopy(1, text);
  insert.exec();
  SQLite::Statement find(*database_, "SELECT id FROM metric WHERE name = ?");
  find.bindNoCopy(1, text);
  find.executeStep();
  return find.getColumn(0).getInt64();
}

std::size_t DayWriter::drop_pending() {
  new_rows_.clear();
  pending_bytes_ = 0;
  return std::exchange(pending_samples_, 0);
}

std::vector<std::int64_t> DayWriter::metric_by_id() const {
  std::vector<std::int64_t> metrics(next_id_, 0);
  SQLite::Statement rows(*database_, "SELECT metric, ids FROM series");
  while (rows.executeStep()) {
    for (const std::uint32_t id : ids_of(file_, rows.getColumn(1)))
      if (id < metrics.size()) metrics[id] = rows.getColumn(0).getInt64();
  }
  return metrics;
}

void DayWriter::seal() {
  commit();
  guarded(file_, [this] {
    SQLite::Transaction transaction(*database_, SQLite::TransactionBehavior::IMMEDIATE);
    const auto metrics = metric_by_id();
    std::map<std::int64_t, std::size_t> sizes;
    for (const std::int64_t metric : metrics) ++sizes[metric];
    const std::size_t at_a_time = std::max(kSealedTogether, metrics.size() / kPartSealedTogether);
    for (auto first = sizes.begin(); first != sizes.end();) {
      auto last = first;
      std::size_t together = first->second;
      for (auto next = std::next(last); next != sizes.end() && together + next->second <= at_a_time; ++next) {
        together += next->second;
        last = next;
      }
      seal_metrics(metrics, first->first, last->first);
      first = std::next(last);
    }
    database_->exec("DELETE FROM journal");
    transaction.commit();
  });
  journal_bytes_ = 0;
  free_memory(known_);
}

void DayWriter::seal_metrics(const std::vector<std::int64_t>& metric_by_id, std::int64_t first, std::int64_t last) {
  std::vector<std::uint32_t> ids;
  std::vector<std::uint32_t> places(metric_by_id.size(), kNowhere);
  for (std::uint32_t id = 0; id < metric_by_id.size(); ++id) {
    if (metric_by_id[id] < first || metric_by_id[id] > last) continue;
    places[id] = static_cast<std::uint32_t>(ids.size());
    ids.push_back(id);
  }
  std::vector<JournalSeries> series(ids.size());
  const auto wanted = ranges_of(ids);
  visit_journal(file_, *database_, [&](Timestamp at, const Moment& moment) {
    visit_common(wanted, moment.repeated, [&](std::uint32_t id) {
      if (!series[places[id]].repeat(at))
        throw DamagedDayFile(file_, "its journal repeats a value that it does not have");
    });
    for (const auto& [id, value] : moment.changed)
      if (id < places.size() && places[id] != kNowhere) series[places[id]].add(at, value);
  });
  std::map<std::int64_t, std::vector<SeriesRuns>> by_metric;
  for (const std::uint32_t id : ids)
    if (auto runs = series[places[id]].take_runs(); !runs.empty())
      by_metric[metric_by_id[id]].push_back({id, std::move(runs)});
  for (const auto& [metric, all] : by_metric) write_chunks(metric, all);
}

void DayWriter::write_chunks(std::int64_t metric, std::span<const SeriesRuns> series) {
  while (!series.empty()) {
    const auto part = series.first(std::min(series.size(), kSeriesPerChunk));
    series = series.subspan(part.size());
    write_chunk(metric, part);
  }
}

void DayWriter::write_chunk(std::int64_t metric, std::span<const SeriesRuns> series) {
  const std::string chunk = encode_chunk(series);
  if (chunk.size() > kLargestRow && series.size() > 1) {
    write_chunk(metric, series.first(series.size() / 2));
    write_chunk(metric, series.subspan(series.size() / 2));
    return;
  }
  std::int64_t first_at = std::numeric_limits<std::int64_t>::max();
  std::int64_t last_at = std::numeric_limits<std::int64_t>::min();
  for (const SeriesRuns& one : series) {
    first_at = std::min(first_at, one.runs.front().first);
    last_at = std::max(last_at, one.runs.back().last());
  }
  const std::string runs = pack(chunk);
  SQLite::Statement insert(*database_, "INSERT INTO chunk (metric, first_at, last_at, runs) VALUES (?, ?, ?, ?)");
  insert.bind(1, metric);
  insert.bind(2, first_at);
  insert.bind(3, last_at);
  bind_blob(insert, 4, runs);
  insert.exec();
}

/// Calls visit(reader) for each series in the chunks of a metric, and returns how many chunks there are.
template <class Visit>
std::size_t DayWriter::visit_chunks(std::int64_t metric, std::int64_t until_number, Visit&& visit) {
  std::size_t chunks = 0;
  SQLite::Statement rows(*database_, "SELECT runs FROM chunk WHERE metric = ? AND number <= ? ORDER BY number");
  rows.bind(1, metric);
  rows.bind(2, until_number);
  for (; rows.executeStep(); ++chunks) visit_chunk(file_, rows.getColumn(0), visit);
  return chunks;
}

void DayWriter::merge_chunks(std::int64_t metric) {
  SQLite::Transaction transaction(*database_, SQLite::TransactionBehavior::IMMEDIATE);
  const auto newest = database_->execAndGet("SELECT coalesce(max(number), 0) FROM chunk").getInt64();
  std::set<std::uint32_t> ids;
  const auto chunks = visit_chunks(metric, newest, [&](const ChunkReader& reader) { ids.insert(reader.id()); });
  if (chunks <= (ids.size() + kSeriesPerChunk - 1) / kSeriesPerChunk) return;
  // So many series at a time that their runs of a whole day find room.
  while (!ids.empty()) {
    const auto last = std::next(ids.begin(), static_cast<std::ptrdiff_t>(std::min(ids.size(), kMergedTogether)));
    std::map<std::uint32_t, std::vector<PackedRun>> by_id;
    for (auto id = ids.begin(); id != last; ++id) by_id.try_emplace(*id);
    visit_chunks(metric, newest, [&](ChunkReader& reader) {
      const auto found = by_id.find(reader.id());
      if (found == by_id.end()) return;
      while (const auto run = reader.next_run()) join(found->second, PackedRun::of(*run));
    });
    std::vector<SeriesRuns> series;
    for (auto& [id, runs] : by_id)
      if (!runs.empty()) series.push_back({id, std::move(runs)});
    write_chunks(metric, series);
    ids.erase(ids.begin(), last);
  }
  SQLite::Statement remove(*database_, "DELETE FROM chunk WHERE metric = ? AND number <= ?");
  remove.bind(1, metric);
  remove.bind(2, newest);
  remove.exec();
  transaction.commit();
}

void DayWriter::close() {
  seal();
  guarded(file_, [this] {
    std::map<std::int64_t, std::string> metrics;
    {
      SQLite::Statement rows(*database_, "SELECT id, name FROM metric");
      while (rows.executeStep()) metrics.emplace(rows.getColumn(0).getInt64(), rows.getColumn(1).getString());
    }
    for (const auto& [metric, name] : metrics) {
      merge_series(metric, name);
      merge_chunks(metric);
    }
    // For want of room this fails: then the file is larger, which is as well. Readers go on meanwhile.
    database_->tryExec("VACUUM");
    database_->exec("PRAGMA wal_checkpoint(TRUNCATE)");
    // While somebody reads this fails, and the file keeps its companions.
    database_->tryExec("PRAGMA journal_mode=DELETE");
  });
}

}  // namespace a2od
