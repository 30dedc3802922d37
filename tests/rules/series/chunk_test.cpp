#include "rules/series/chunk.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>
#include <random>

namespace a2od {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

std::vector<SeriesRuns> decoded(std::string_view bytes) {
  std::vector<SeriesRuns> all;
  ChunkReader reader(bytes);
  while (reader.next_series()) {
    all.push_back({reader.id(), {}});
    while (const auto run = reader.next_run()) all.back().runs.push_back(PackedRun::of(*run));
  }
  EXPECT_TRUE(reader.ok());
  return all;
}

void expect_same(const std::vector<SeriesRuns>& a, const std::vector<SeriesRuns>& b) {
  ASSERT_EQ(a.size(), b.size());
  for (std::size_t i = 0; i < a.size(); ++i) {
    EXPECT_EQ(a[i].id, b[i].id);
    ASSERT_EQ(a[i].runs.size(), b[i].runs.size());
    for (std::size_t j = 0; j < a[i].runs.size(); ++j) {
      EXPECT_EQ(a[i].runs[j].first, b[i].runs[j].first);
      EXPECT_EQ(a[i].runs[j].count, b[i].runs[j].count);
      EXPECT_EQ(a[i].runs[j].step, b[i].runs[j].step);
      EXPECT_EQ(std::bit_cast<std::uint64_t>(a[i].runs[j].value), std::bit_cast<std::uint64_t>(b[i].runs[j].value));
    }
  }
}

/// As collectors bring values, and as nobody does.
double some_value(std::mt19937_64& random) {
  switch (random() % 8) {
    case 0:
      return static_cast<double>(random() % 5);
    case 1:
      return static_cast<double>(random() % 1'000'000) / 1000;
    case 2:
      return std::bit_cast<double>(random());
    case 3:
      return stale_marker();
    case 4:
      return -0.0;
    case 5:
      return std::numeric_limits<double>::infinity();
    case 6:
      return -static_cast<double>(random() % (std::uint64_t{1} << 60));
    default:
      return static_cast<double>(random() % 100) / 7;
  }
}

TEST(Chunk, WhatIsEncodedComesBackToTheBit) {
  std::mt19937_64 random(7);
  for (int round = 0; round < 200; ++round) {
    std::vector<SeriesRuns> all;
    std::uint32_t id = 0;
    for (std::uint64_t series = random() % 6; series > 0; --series) {
      id += 1 + static_cast<std::uint32_t>(random() % 1000);
      std::int64_t at = 1'790'000'000'000 + static_cast<std::int64_t>(random() % 100'000);
      std::vector<PackedRun> runs;
      for (std::uint64_t left = 1 + random() % 20; left > 0; --left) {
        const auto count = static_cast<std::uint32_t>(random() % 3 == 0 ? 1 : 1 + random() % 100);
        const auto step = static_cast<std::uint32_t>(random() % 3 == 0 ? 1 + random() % 100'000 : 60'000);
        runs.push_back({.first = at, .value = some_value(random), .step = count == 1 ? 0 : step, .count = count});
        at = runs.back().last() + static_cast<std::int64_t>(random() % 3 == 0 ? 1 + random() % 1'000'000 : 60'000);
      }
      all.push_back({id, runs});
    }
    const auto packed = pack(encode_chunk(all));
    const auto bytes = unpack(packed);
    ASSERT_TRUE(bytes);
    expect_same(decoded(*bytes), all);
  }
}

TEST(Chunk, ASeriesIsSkippedWithoutItsRunsBeingRead) {
  std::vector<SeriesRuns> all;
  for (std::uint32_t id = 0; id < 10; ++id)
    all.push_back({id * 3, {PackedRun::of(Timestamp(hours(id)), id), PackedRun::of(Timestamp(hours(id + 1)), 0.1)}});
  const auto bytes = encode_chunk(all);
  ChunkReader reader(bytes);
  std::uint32_t seen = 0;
  for (; reader.next_series(); ++seen) {
    EXPECT_EQ(reader.id(), seen * 3);
    if (seen % 2 == 0) EXPECT_EQ(reader.next_run()->value, seen);
  }
  EXPECT_EQ(seen, 10U);
  EXPECT_TRUE(reader.ok());
}

TEST(Chunk, RepeatsTakeNextToNothing) {
  std::vector<SeriesRuns> all;
  for (std::uint32_t id = 0; id < 1000; ++id)
    all.push_back({id, {{.first = 1'790'000'000'000, .value = 17.25, .step = 60'000, .count = 60}}});
  EXPECT_LT(pack(encode_chunk(all)).size(), 2000U) << "of 60,000 samples";
}

TEST(Chunk, DamagedBytesAreToldFromSoundOnesOrAtLeastDoNoHarm) {
  std::mt19937_64 random(11);
  std::vector<SeriesRuns> all;
  for (std::uint32_t id = 0; id < 20; ++id) {
    all.push_back({id, {}});
    for (int i = 0; i < 10; ++i) all.back().runs.push_back(PackedRun::of(Timestamp(minutes(i)), some_value(random)));
  }
  const auto sound = encode_chunk(all);
  const auto packed = pack(sound);
  for (int round = 0; round < 2000; ++round) {
    auto bytes = sound;
    bytes[random() % bytes.size()] ^= static_cast<char>(1 + random() % 255);
    if (round % 2 == 0) bytes.resize(random() % bytes.size());
    ChunkReader reader(bytes);
    while (reader.next_series())
      while (const auto run = reader.next_run()) ASSERT_GE(run->last(), run->first);
    auto torn = packed;
    torn[1 + random() % (torn.size() - 1)] ^= static_cast<char>(1 + random() % 255);
    const auto bytes_again = unpack(torn);
    EXPECT_TRUE(!bytes_again || *bytes_again == sound) << "zlib's checksum sees what matters";
  }
}

TEST(Chunk, ARunBeyondTheFarthestTimeIsDamage) {
  constexpr Timestamp kEdge(Milliseconds((std::int64_t{1} << 52) - 1));
  const auto chunk_at = [](Timestamp time) {
    const PackedRun run = PackedRun::of({time, Milliseconds(0), 1, 1.0});
    return encode_chunk(std::vector<SeriesRuns>{{1, {PackedRun::of({Timestamp(), Milliseconds(0), 1, 1.0}), run}}});
  };
  const auto second_run = [](const std::string& bytes) {
    ChunkReader reader(bytes);
    EXPECT_TRUE(reader.next_series() && reader.next_run());
    return reader.next_run().has_value();
  };
  EXPECT_TRUE(second_run(chunk_at(kEdge)));
  EXPECT_FALSE(second_run(chunk_at(kEdge + Milliseconds(1))));
}

TEST(Chunk, AMomentComesBackSortedById) {
  Moment moment{.repeated = ranges_of({9, 1, 2, 3, 100'000}), .changed = {{50, 1.5}, {4, stale_marker()}}};
  const auto bytes = encode_moment(moment);
  const auto back = decode_moment(bytes);
  ASSERT_TRUE(back);
  EXPECT_EQ(back->repeated, (std::vector<IdRange>{{1, 4}, {9, 10}, {100'000, 100'001}}));
  ASSERT_EQ(back->changed.size(), 2U);
  EXPECT_EQ(back->changed[0].first, 4U);
  EXPECT_TRUE(is_stale_marker(back->changed[0].second));
  EXPECT_EQ(back->changed[1], (std::pair<std::uint32_t, double>{50, 1.5}));
  for (std::size_t size = 0; size < bytes.size(); ++size) EXPECT_FALSE(decode_moment(bytes.substr(0, size))) << size;
  EXPECT_FALSE(decode_moment(bytes + "x"));
}

TEST(Chunk, IdsThatWrapAroundAreDamage) {
  std::string moment;
  for (const std::uint64_t number : {0ULL, 2ULL, 40ULL, 1ULL, ~0ULL, 1ULL}) append_varint(moment, number);
  EXPECT_FALSE(decode_moment(moment));
  std::string ids;
  for (const std::uint64_t number : {2ULL, 40ULL, ~0ULL}) append_varint(ids, number);
  EXPECT_FALSE(decode_ids(ids));
}

TEST(Chunk, LabelsComeBackWithTheirMetric) {
  const Labels labels{{"__name__", "up"}, {"environment", "Größe \"1\"\n"}, {"tenant", "t"}};
  std::string bytes;
  append_labels(bytes, labels);
  ByteReader reader(bytes);
  EXPECT_EQ(read_labels(reader, "up"), labels);
  EXPECT_TRUE(reader.at_end());
  ByteReader cut(std::string_view(bytes).substr(0, bytes.size() - 1));
  EXPECT_FALSE(read_labels(cut, "up"));
}

TEST(Chunk, WhatClaimsToUnpackToTooMuchIsRefused) {
  std::string packed(1, '\1');
  append_varint(packed, kMaxUnpacked + 1);
  packed += "x";
  EXPECT_FALSE(unpack(packed));
  EXPECT_FALSE(unpack(""));
  EXPECT_FALSE(unpack("\2abc"));
}

}  // namespace
}  // namespace a2od
