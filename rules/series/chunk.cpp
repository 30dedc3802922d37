#include "rules/series/chunk.hpp"

#include <zlib.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <map>
#include <new>
#include <utility>

namespace a2od {
namespace {

constexpr std::uint8_t kPlain = 0;
constexpr std::uint8_t kZlib = 1;
constexpr std::size_t kTooShortToPack = 64;
constexpr std::uint8_t kChunkVersion = 1;

/// What a run's first byte says. A value is that of the run before; or a whole number, or a whole number of
/// thousandths, each by its distance from the last one; or eight bytes.
enum class ValueKind : std::uint8_t { same, integer, thousandths, bytes };
constexpr std::uint8_t kValueKind = 0x3;
constexpr std::uint8_t kGapFollows = 0x4;     ///< else the run begins one step after the one before
constexpr std::uint8_t kStepFollows = 0x8;    ///< else it is the chunk's
constexpr std::uint8_t kCountFollows = 0x10;  ///< else it is 1

constexpr std::uint64_t kMostIds = std::uint64_t{1} << 26;
constexpr double kLargestExact = 9007199254740992;  // 2^53

/// Of milliseconds: sums of them cannot overflow.
constexpr std::int64_t kFarthest = std::int64_t{1} << 52;
bool is_near(std::int64_t time) { return -kFarthest < time && time < kFarthest; }

bool same_bits(double a, double b) { return std::bit_cast<std::uint64_t>(a) == std::bit_cast<std::uint64_t>(b); }

std::uint64_t checksum(std::string_view bytes) {
  return crc32(0, reinterpret_cast<const Bytef*>(bytes.data()), static_cast<uInt>(bytes.size()));
}

/// Wraps around: damaged bytes may say anything.
std::int64_t sum(std::int64_t a, std::int64_t b) {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) + static_cast<std::uint64_t>(b));
}

/// The id that many behind `from`; fails where there can be none.
std::uint64_t read_id(ByteReader& reader, std::uint64_t from) {
  const std::uint64_t distance = reader.varint();
  if (distance > kMostIds || from + distance > kMostIds) reader.fail();
  return from + distance;
}

/// The number n with n / `parts` == value, to the bit.
std::optional<std::int64_t> whole(double value, double parts) {
  const double scaled = value * parts;
  if (!(std::fabs(scaled) < kLargestExact)) return std::nullopt;
  const auto number = std::llround(scaled);
  if (!same_bits(static_cast<double>(number) / parts, value)) return std::nullopt;
  return number;
}

/// That of most samples.
std::int64_t usual_step(std::span<const SeriesRuns> series) {
  std::map<std::int64_t, std::uint64_t> samples;
  for (const SeriesRuns& one : series)
    for (const PackedRun& run : one.runs)
      if (run.count > 1) samples[run.step] += run.count;
  const auto most = std::ranges::max_element(samples, {}, [](const auto& entry) { return entry.second; });
  return most == samples.end() ? 0 : most->first;
}

std::int64_t earliest(std::span<const SeriesRuns> series) {
  std::optional<std::int64_t> base;
  for (const SeriesRuns& one : series)
    if (!one.runs.empty()) base = std::min(base.value_or(one.runs.front().first), one.runs.front().first);
  return base.value_or(0);
}

class RunEncoder {
 public:
  RunEncoder(std::int64_t base, std::int64_t step) : last_(base - step), step_(step) {}

  void add(std::string& out, const PackedRun& run) {
    const std::size_t head = out.size();
    std::uint8_t flags = 0;
    out += '\0';
    const std::int64_t gap = run.first - last_;
    if (gap != step_) {
      flags |= kGapFollows;
      append_signed(out, gap);
    }
    if (run.count > 1) {
      flags |= kCountFollows;
      append_varint(out, run.count);
      if (run.step != step_) {
        flags |= kStepFollows;
        append_varint(out, run.step);
      }
    }
    flags |= static_cast<std::uint8_t>(add_value(out, run.value));
    out[head] = static_cast<char>(flags);
    last_ = run.last();
  }

 private:
  ValueKind add_value(std::string& out, double value) {
    if (same_bits(std::exchange(value_, value), value)) return ValueKind::same;
    if (const auto number = whole(value, 1)) {
      append_signed(out, *number - std::exchange(integer_, *number));
      return ValueKind::integer;
    }
    if (const auto number = whole(value, 1000)) {
      append_signed(out, *number - std::exchange(thousandths_, *number));
      return ValueKind::thousandths;
    }
    append_double(out, value);
    return ValueKind::bytes;
  }

  std::int64_t last_;
  std::int64_t step_;
  double value_ = 0;
  std::int64_t integer_ = 0;
  std::int64_t thousandths_ = 0;
};

}  // namespace

std::string pack(std::string_view bytes) {
  std::string packed(1, static_cast<char>(kPlain));
  if (bytes.size() < kTooShortToPack) {
    append_varint(packed, checksum(bytes));
    return packed += bytes;
  }
  packed.front() = static_cast<char>(kZlib);
  append_varint(packed, bytes.size());
  const std::size_t head = packed.size();
  uLongf size = compressBound(bytes.size());
  packed.resize(head + size);
  const int result = compress2(reinterpret_cast<Bytef*>(packed.data() + head), &size,
                               reinterpret_cast<const Bytef*>(bytes.data()), bytes.size(), Z_BEST_SPEED);
  if (result != Z_OK) throw std::bad_alloc();  // there is no other cause
  packed.resize(head + size);
  return packed;
}

std::optional<std::string> unpack(std::string_view packed) {
  if (packed.empty()) return std::nullopt;
  const auto kind = static_cast<std::uint8_t>(packed.front());
  packed.remove_prefix(1);
  ByteReader reader(packed);
  if (kind == kPlain) {
    const std::uint64_t sum = reader.varint();
    const std::string_view bytes = reader.rest();
    return reader.ok() && sum == checksum(bytes) ? std::optional(std::string(bytes)) : std::nullopt;
  }
  if (kind != kZlib) return std::nullopt;
  const std::uint64_t size = reader.varint();
  constexpr std::uint64_t kBestRatio = 1100;  // zlib's is 1032
  if (!reader.ok() || size > kMaxUnpacked || size > packed.size() * kBestRatio) return std::nullopt;
  packed = reader.rest();
  std::string bytes(size, '\0');
  uLongf unpacked = size;
  const int result = uncompress(reinterpret_cast<Bytef*>(bytes.data()), &unpacked,
                                reinterpret_cast<const Bytef*>(packed.data()), packed.size());
  if (result != Z_OK || unpacked != size) return std::nullopt;
  return bytes;
}

std::string encode_chunk(std::span<const SeriesRuns> series) {
  const std::int64_t step = usual_step(series);
  const std::int64_t base = earliest(series);
  std::string out(1, static_cast<char>(kChunkVersion));
  append_varint(out, series.size());
  append_signed(out, base);
  append_varint(out, static_cast<std::uint64_t>(step));
  std::uint32_t previous = 0;
  std::string runs;
  for (const SeriesRuns& one : series) {
    runs.clear();
    RunEncoder encoder(base, step);
    for (const PackedRun& run : one.runs) encoder.add(runs, run);
    append_varint(out, one.id - std::exchange(previous, one.id));
    append_varint(out, one.runs.size());
    append_text(out, runs);
  }
  return out;
}

ChunkReader::ChunkReader(std::string_view bytes) : chunk_(bytes) {
  if (chunk_.byte() != kChunkVersion) chunk_.fail();
  series_left_ = chunk_.varint();
  base_ = chunk_.signed_number();
  step_ = static_cast<std::int64_t>(chunk_.varint());
  if (step_ < 0 || step_ > std::numeric_limits<std::uint32_t>::max() || !is_near(base_)) chunk_.fail();
}

bool ChunkReader::next_series() {
  if (!ok() || series_left_ == 0) return false;
  --series_left_;
  id_ += static_cast<std::uint32_t>(chunk_.varint());
  runs_left_ = chunk_.varint();
  series_ = ByteReader(chunk_.text());
  last_ = base_ - step_;
  value_ = 0;
  integer_ = 0;
  thousandths_ = 0;
  return ok();
}

std::optional<SampleRun> ChunkReader::next_run() {
  if (runs_left_ == 0 || !ok()) return std::nullopt;
  --runs_left_;
  const std::uint8_t flags = series_.byte();
  const std::int64_t gap = (flags & kGapFollows) != 0 ? series_.signed_number() : step_;
  const std::uint64_t count = (flags & kCountFollows) != 0 ? series_.varint() : 1;
  const std::uint64_t step = (flags & kStepFollows) != 0 ? series_.varint() : static_cast<std::uint64_t>(step_);
  switch (static_cast<ValueKind>(flags & kValueKind)) {
    case ValueKind::same:
      break;
    case ValueKind::integer:
      integer_ = sum(integer_, series_.signed_number());
      value_ = static_cast<double>(integer_);
      break;
    case ValueKind::thousandths:
      thousandths_ = sum(thousandths_, series_.signed_number());
      value_ = static_cast<double>(thousandths_) / 1000;
      break;
    case ValueKind::bytes:
      value_ = series_.float64();
      break;
  }
  const std::int64_t first = sum(last_, gap);
  const bool sound = count > 0 && count <= std::numeric_limits<std::uint32_t>::max() && is_near(first) &&
                     (count == 1 || (step > 0 && step <= std::numeric_limits<std::uint32_t>::max() &&
                                     count <= static_cast<std::uint64_t>(kFarthest) / step));
  if (!sound) series_.fail();
  if (!series_.ok()) return std::nullopt;
  const SampleRun run{Timestamp(Milliseconds(first)), Milliseconds(count == 1 ? 0 : static_cast<std::int64_t>(step)),
                      static_cast<std::uint32_t>(count), value_};
  last_ = run.last().time_since_epoch().count();
  return run;
}

std::vector<IdRange> ranges_of(std::vector<std::uint32_t> ids) {
  std::vector<IdRange> ranges;
  const auto add = [&](std::uint32_t id) {
    if (ranges.empty() || ranges.back().end != id) ranges.push_back({id, id});
    ++ranges.back().end;
  };
  if (std::ranges::is_sorted(ids)) {
    std::ranges::for_each(ids, add);
    return ranges;
  }
  // Numbers of series are dense: to mark them is quicker than to sort them.
  std::vector<bool> marked(std::size_t{*std::ranges::max_element(ids)} + 1);
  for (const std::uint32_t id : ids) marked[id] = true;
  for (std::uint32_t id = 0; id < marked.size(); ++id)
    if (marked[id]) add(id);
  return ranges;
}

std::string encode_moment(Moment& moment) {
  std::ranges::sort(moment.changed, {}, [](const auto& entry) { return entry.first; });
  std::string bytes;
  append_varint(bytes, moment.changed.size());
  append_varint(bytes, moment.repeated.size());
  std::uint32_t end = 0;
  for (const IdRange& range : moment.repeated) {
    append_varint(bytes, range.first - std::exchange(end, range.end));
    append_varint(bytes, range.end - range.first);
  }
  std::uint32_t previous = 0;
  for (const auto& [id, value] : moment.changed) append_varint(bytes, id - std::exchange(previous, id));
  for (const auto& [id, value] : moment.changed) append_double(bytes, value);
  return bytes;
}

std::optional<Moment> decode_moment(std::string_view bytes) {
  ByteReader reader(bytes);
  Moment moment;
  const std::uint64_t changed = reader.varint();
  std::uint64_t id = 0;
  for (std::uint64_t ranges = reader.varint(); ranges > 0 && reader.ok(); --ranges) {
    const std::uint64_t first = read_id(reader, id);
    id = read_id(reader, first);
    moment.repeated.push_back({static_cast<std::uint32_t>(first), static_cast<std::uint32_t>(id)});
  }
  id = 0;
  for (std::uint64_t i = 0; i < changed && reader.ok(); ++i) {
    id = read_id(reader, id);
    moment.changed.emplace_back(static_cast<std::uint32_t>(id), 0);
  }
  for (auto& entry : moment.changed) entry.second = reader.float64();
  if (!reader.ok() || !reader.at_end()) return std::nullopt;
  return moment;
}

std::string encode_ids(std::span<const std::uint32_t> ids) {
  std::string out;
  append_varint(out, ids.size());
  std::uint32_t previous = 0;
  for (const std::uint32_t id : ids) append_varint(out, id - std::exchange(previous, id));
  return out;
}

std::optional<std::vector<std::uint32_t>> decode_ids(std::string_view bytes) {
  ByteReader reader(bytes);
  std::vector<std::uint32_t> ids;
  std::uint64_t id = 0;
  for (std::uint64_t left = reader.varint(); left > 0 && reader.ok(); --left) {
    id = read_id(reader, id);
    ids.push_back(static_cast<std::uint32_t>(id));
  }
  if (!reader.ok() || !reader.at_end()) return std::nullopt;
  return ids;
}

void append_labels(std::string& out, const Labels& labels) {
  const auto pairs = labels.pairs();
  const bool named = !labels.get(kMetricName).empty();
  append_varint(out, pairs.size() - (named ? 1 : 0));
  for (const auto& [name, value] : pairs) {
    if (name == kMetricName) continue;
    append_text(out, name);
    append_text(out, value);
  }
}

std::optional<Labels> read_labels(ByteReader& reader, std::string_view metric) {
  std::vector<Labels::Pair> pairs;
  for (std::uint64_t left = reader.varint(); left > 0 && reader.ok(); --left) {
    const std::string_view name = reader.text();
    pairs.emplace_back(name, reader.text());
  }
  if (!reader.ok()) return std::nullopt;
  pairs.emplace_back(kMetricName, metric);
  return Labels::from(std::move(pairs));
}

}  // namespace a2od
