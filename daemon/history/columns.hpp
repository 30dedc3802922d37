// Blobs in and out of SQLite's statements.
#pragma once

#include "rules/series/chunk.hpp"

#include <SQLiteCpp/Column.h>
#include <SQLiteCpp/Statement.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
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

/// Of a row of the table of series; nothing where they cannot be read.
inline std::optional<std::vector<std::uint32_t>> read_ids(const SQLite::Column& column) {
  const auto bytes = unpack(blob(column));
  return bytes ? decode_ids(*bytes) : std::nullopt;
}

}  // namespace a2od
