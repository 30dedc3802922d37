#include "daemon/history/day_writer.hpp"

#include "daemon/history/columns.hpp"

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>
#include <SQLiteCpp/Transaction.h>

#include <algorithm>
#include <limits>
#include <utility>

namespace a2od {
namespace {

namespace fs = std::filesystem;

/// Series that are sealed at a time: what takes memory meanwhile.
constexpr std::size_t kSealedTogether = 16'384;
constexpr std::size_t kSeriesPerChunk = 4096;
constexpr std::uint32_t kNowhere = std::numeric_limits<std::uint32_t>::max();

}  // namespace

DayWriter::DayWriter(fs::path file) : file_(std::move(file)), database_(open_day_file(file_, DayFileUse::write)) {
  guarded(file_, [this] { read_known_series(); });
}

DayWriter::~DayWriter() = default;
DayWriter::DayWriter(DayWriter&&) noexcept = default;
DayWriter& DayWriter::operator=(DayWriter&&) noexcept = default;

void DayWriter::read_known_series() {
  SQLite::Statement rows(*database_,
                         "SELECT metric.name, ids, labels, last_id FROM series JOIN metric ON metric.id = series.metric");
  while (rows.executeStep()) {
    const auto ids = decode_ids(blob(rows.getColumn(1)));
    const auto labels = unpack(blob(rows.getColumn(2)));
    if (!ids || !labels) throw DamagedDayFile(file_, "a row of its series cannot be read");
    const std::string metric = rows.getColumn(0).getString();
    ByteReader reader(*labels);
    for (const std::uint32_t id : *ids) {
      const auto series = read_labels(reader, metric);
      if (!series) throw DamagedDayFile(file_, "the labels of a series cannot be read");
      known_.insert_or_assign(*series, id);
    }
    next_id_ = std::max(next_id_, rows.getColumn(3).getUInt() + 1);
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

void DayWriter::append(Timestamp at, Moment moment) {
  pending_samples_ += moment.repeated.size() + moment.changed.size();
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

void DayWriter::write_series(std::string_view metric, const NewSeries& series) {
  std::vector<std::uint32_t> ids;
  std::string labels;
  for (const auto& [id, label_set] : series) {
    ids.push_back(id);
    append_labels(labels, label_set);
  }
  const std::string packed_ids = encode_ids(ids);
  const std::string packed_labels = pack(labels);
  SQLite::Statement insert(*database_,
                           "INSERT INTO series (metric, first_id, last_id, ids, labels) VALUES (?, ?, ?, ?, ?)");
  insert.bind(1, metric_id(metric));
  insert.bind(2, ids.front());
  insert.bind(3, ids.back());
  bind_blob(insert, 4, packed_ids);
  bind_blob(insert, 5, packed_labels);
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
    const auto ids = decode_ids(blob(rows.getColumn(1)));
    if (!ids) throw DamagedDayFile(file_, "a row of its series cannot be read");
    for (const std::uint32_t id : *ids)
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
    for (auto first = sizes.begin(); first != sizes.end();) {
      auto last = first;
      std::size_t together = first->second;
      for (auto next = std::next(last); next != sizes.end() && together + next->second <= kSealedTogether; ++next) {
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
  known_ = {};
}

void DayWriter::seal_metrics(const std::vector<std::int64_t>& metric_by_id, std::int64_t first, std::int64_t last) {
  std::vector<std::uint32_t> places(metric_by_id.size(), kNowhere);
  std::map<std::int64_t, std::vector<SeriesRuns>> by_metric;
  std::vector<SeriesRuns> series;
  for (std::uint32_t id = 0; id < metric_by_id.size(); ++id) {
    if (metric_by_id[id] < first || metric_by_id[id] > last) continue;
    places[id] = static_cast<std::uint32_t>(series.size());
    series.push_back({id, {}});
  }
  const auto add = [&](std::uint32_t id, Timestamp at, auto value_of) {
    if (id >= places.size() || places[id] == kNowhere) return;
    auto& runs = series[places[id]].runs;
    const auto run = PackedRun::of(at, value_of(runs));
    if (runs.empty() || !runs.back().extend(run)) runs.push_back(run);
  };
  SQLite::Statement rows(*database_, "SELECT at, moment FROM journal ORDER BY number");
  while (rows.executeStep()) {
    const Timestamp at(Milliseconds(rows.getColumn(0).getInt64()));
    const auto bytes = unpack(blob(rows.getColumn(1)));
    const auto moment = bytes ? decode_moment(*bytes) : std::nullopt;
    if (!moment) throw DamagedDayFile(file_, "a row of its journal cannot be read");
    for (const std::uint32_t id : moment->repeated)
      add(id, at, [](const auto& runs) { return runs.empty() ? stale_marker() : runs.back().value; });
    for (const auto& [id, changed] : moment->changed) add(id, at, [value = changed](const auto&) { return value; });
  }
  for (SeriesRuns& one : series)
    if (!one.runs.empty()) by_metric[metric_by_id[one.id]].push_back(std::move(one));
  for (const auto& [metric, all] : by_metric) write_chunks(metric, all);
}

void DayWriter::write_chunks(std::int64_t metric, std::span<const SeriesRuns> series) {
  SQLite::Statement insert(*database_, "INSERT INTO chunk (metric, first_at, last_at, runs) VALUES (?, ?, ?, ?)");
  while (!series.empty()) {
    const auto part = series.first(std::min(series.size(), kSeriesPerChunk));
    series = series.subspan(part.size());
    std::int64_t first_at = std::numeric_limits<std::int64_t>::max();
    std::int64_t last_at = std::numeric_limits<std::int64_t>::min();
    for (const SeriesRuns& one : part) {
      first_at = std::min(first_at, one.runs.front().first);
      last_at = std::max(last_at, one.runs.back().last());
    }
    const std::string runs = pack(encode_chunk(part));
    insert.bind(1, metric);
    insert.bind(2, first_at);
    insert.bind(3, last_at);
    bind_blob(insert, 4, runs);
    insert.exec();
    insert.reset();
  }
}

void DayWriter::merge_chunks(std::int64_t metric) {
  std::map<std::uint32_t, std::vector<PackedRun>> by_id;
  std::size_t chunks = 0;
  {
    SQLite::Statement rows(*database_, "SELECT runs FROM chunk WHERE metric = ? ORDER BY number");
    for (rows.bind(1, metric); rows.executeStep(); ++chunks) {
      const auto bytes = unpack(blob(rows.getColumn(0)));
      if (!bytes) throw DamagedDayFile(file_, "a chunk cannot be read");
      ChunkReader reader(*bytes);
      while (reader.next_series()) {
        auto& runs = by_id[reader.id()];
        while (const auto next = reader.next_run())
          if (const auto run = PackedRun::of(*next); runs.empty() || !runs.back().extend(run)) runs.push_back(run);
      }
      if (!reader.ok()) throw DamagedDayFile(file_, "a chunk cannot be read");
    }
  }
  std::vector<SeriesRuns> series;
  for (auto& [id, runs] : by_id)
    if (!runs.empty()) series.push_back({id, std::move(runs)});
  if (chunks <= (series.size() + kSeriesPerChunk - 1) / kSeriesPerChunk) return;
  SQLite::Transaction transaction(*database_, SQLite::TransactionBehavior::IMMEDIATE);
  SQLite::Statement remove(*database_, "DELETE FROM chunk WHERE metric = ?");
  remove.bind(1, metric);
  remove.exec();
  write_chunks(metric, series);
  transaction.commit();
}

void DayWriter::close() {
  seal();
  guarded(file_, [this] {
    std::vector<std::int64_t> metrics;
    SQLite::Statement rows(*database_, "SELECT id FROM metric");
    while (rows.executeStep()) metrics.push_back(rows.getColumn(0).getInt64());
    rows.reset();
    for (const std::int64_t metric : metrics) merge_chunks(metric);
    database_->exec("PRAGMA wal_checkpoint(TRUNCATE)");
    // Both fail while somebody reads, or for want of room: then the file is larger, and has companions, which is as well.
    database_->tryExec("PRAGMA journal_mode=DELETE");
    database_->tryExec("VACUUM");
  });
}

}  // namespace a2od
