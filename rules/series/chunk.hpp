// The history's blobs: runs of samples, what one moment brought, and label sets, as bytes.
//
// Blobs are read as if strangers had written them: what is damaged is told from what is not, and takes no more memory
// than kMaxUnpacked.
#pragma once

#include "rules/series/bytes.hpp"
#include "rules/series/labels.hpp"
#include "rules/series/series.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace a2od {

inline constexpr std::size_t kMaxUnpacked = std::size_t{256} << 20;

/// zlib with its checksum; short bytes are left as they are.
[[nodiscard]] std::string pack(std::string_view bytes);
/// Nothing where the bytes are not what pack() made, or are too many.
[[nodiscard]] std::optional<std::string> unpack(std::string_view packed);

/// A series of a chunk, with a number that is its own within a day.
struct SeriesRuns {
  std::uint32_t id = 0;
  std::vector<PackedRun> runs;  ///< in order of time, not overlapping
};

/// A chunk: ids ascending.
[[nodiscard]] std::string encode_chunk(std::span<const SeriesRuns> series);

/// Reads an unpacked chunk from front to back; the bytes must outlive it.
///
///     while (reader.next_series())
///       while (const auto run = reader.next_run()) …   // or not: the next series is found all the same
class ChunkReader {
 public:
  explicit ChunkReader(std::string_view bytes);

  [[nodiscard]] bool next_series();
  [[nodiscard]] std::uint32_t id() const { return id_; }
  [[nodiscard]] std::optional<SampleRun> next_run();
  /// Whether all that was read so far was as encode_chunk() writes it.
  [[nodiscard]] bool ok() const { return chunk_.ok() && series_.ok(); }

 private:
  ByteReader chunk_;
  ByteReader series_{{}};
  std::uint64_t series_left_ = 0;
  std::uint64_t runs_left_ = 0;
  std::uint32_t id_ = 0;
  std::int64_t base_ = 0;
  std::int64_t step_ = 0;
  std::int64_t last_ = 0;
  double value_ = 0;
  std::int64_t integer_ = 0;
  std::int64_t thousandths_ = 0;
};

/// Ids that follow each other.
struct IdRange {
  std::uint32_t first = 0;
  std::uint32_t end = 0;  ///< behind the last one
  bool operator==(const IdRange&) const = default;
};
[[nodiscard]] std::vector<IdRange> ranges_of(std::vector<std::uint32_t> ids);

/// The samples of one moment: ids whose value is as it was before, ascending, and ids with a value. Each id once.
struct Moment {
  std::vector<IdRange> repeated;
  std::vector<std::pair<std::uint32_t, double>> changed;
};

/// Sorts what has changed by id.
[[nodiscard]] std::string encode_moment(Moment& moment);
[[nodiscard]] std::optional<Moment> decode_moment(std::string_view bytes);

/// Ids ascending.
[[nodiscard]] std::string encode_ids(std::span<const std::uint32_t> ids);
[[nodiscard]] std::optional<std::vector<std::uint32_t>> decode_ids(std::string_view bytes);

/// The labels of a series but for its metric's name, which stands elsewhere.
void append_labels(std::string& out, const Labels& labels);
/// With the metric's name; nothing where there are no such bytes.
[[nodiscard]] std::optional<Labels> read_labels(ByteReader& reader, std::string_view metric);

}  // namespace a2od
