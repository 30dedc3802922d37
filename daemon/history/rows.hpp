// The rows of a day's file, for its writer and its readers: what cannot be read is damaged.
#pragma once

#include "daemon/history/day_file.hpp"
#include "rules/series/chunk.hpp"

#include <SQLiteCpp/Column.h>
#include <SQLiteCpp/Statement.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace a2od {

/// The bytes must live until the statement has been run.
inline void bind_blob(SQLite::Statement& statement, int index, const std::string& bytes) {
  statement.bindNoCopy(index, bytes.data(), static_cast<int>(bytes.size()));
}

/// Valid until the statement goes on.
inline std::string_view blob(const SQLite::Column& column) {
  return {static_cast<const char*>(column.getBlob()), static_cast<std::size_t>(column.getBytes())};
}

inline std::vector<std::uint32_t> ids_of(const std::filesystem::path& file, const SQLite::Column& column) {
  const auto bytes = unpack(blob(column));
  auto ids = bytes ? decode_ids(*bytes) : std::nullopt;
  if (!ids) throw DamagedDayFile(file, "a row of its series cannot be read");
  return std::move(*ids);
}

/// The label sets of these ids, in their order.
inline std::vector<std::pair<std::uint32_t, Labels>> series_of(const std::filesystem::path& file,
                                                               std::string_view metric,
                                                               std::span<const std::uint32_t> ids,
                                                               const SQLite::Column& column) {
  const auto bytes = unpack(blob(column));
  if (!bytes) throw DamagedDayFile(file, "a row of its series cannot be read");
  std::vector<std::pair<std::uint32_t, Labels>> all;
  ByteReader reader(*bytes);
  for (const std::uint32_t id : ids) {
    auto labels = read_labels(reader, metric);
    if (!labels) throw DamagedDayFile(file, "the labels of a series cannot be read");
    all.emplace_back(id, std::move(*labels));
  }
  return all;
}

/// Calls visit(reader), a ChunkReader, for each series of a row of chunks.
template <class Visit>
void visit_chunk(const std::filesystem::path& file, const SQLite::Column& column, Visit&& visit) {
  const auto bytes = unpack(blob(column));
  if (!bytes) throw DamagedDayFile(file, "a chunk cannot be read");
  ChunkReader reader(*bytes);
  while (reader.next_series()) visit(reader);
  if (!reader.ok()) throw DamagedDayFile(file, "a chunk cannot be read");
}

/// Calls visit(at, moment) for each row of the journal, in the order in which they were written.
template <class Visit>
void visit_journal(const std::filesystem::path& file, SQLite::Database& database, Visit&& visit) {
  SQLite::Statement rows(database, "SELECT at, moment FROM journal ORDER BY number");
  while (rows.executeStep()) {
    const Timestamp at(Milliseconds(rows.getColumn(0).getInt64()));
    const auto bytes = unpack(blob(rows.getColumn(1)));
    const auto moment = bytes ? decode_moment(*bytes) : std::nullopt;
    if (!moment) throw DamagedDayFile(file, "a row of its journal cannot be read");
    visit(at, *moment);
  }
}

}  // namespace a2od
