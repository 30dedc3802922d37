// Any bytes as blobs of the history: what is read as a chunk is written and read again as the same.
#include "rules/series/chunk.hpp"

#include <bit>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <optional>
#include <string_view>
#include <vector>

namespace {

using namespace a2od;

/// Nothing where the bytes are no chunk, or its runs overlap or its ids fall, which no writer would write.
std::optional<std::vector<SeriesRuns>> read(std::string_view bytes) {
  ChunkReader reader(bytes);
  std::vector<SeriesRuns> all;
  std::size_t runs = 0;
  while (reader.next_series()) {
    if (!all.empty() && reader.id() <= all.back().id) return std::nullopt;
    all.push_back({reader.id(), {}});
    while (const auto run = reader.next_run()) {
      const auto packed = PackedRun::of(*run);
      if (packed.last() < packed.first) std::abort();
      if (!all.back().runs.empty() && packed.first <= all.back().runs.back().last()) return std::nullopt;
      if (++runs > 100'000) return std::nullopt;
      all.back().runs.push_back(packed);
    }
  }
  if (!reader.ok()) return std::nullopt;
  return all;
}

bool same(const std::vector<SeriesRuns>& a, const std::vector<SeriesRuns>& b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (a[i].id != b[i].id || a[i].runs.size() != b[i].runs.size()) return false;
    for (std::size_t j = 0; j < a[i].runs.size(); ++j) {
      const auto& x = a[i].runs[j];
      const auto& y = b[i].runs[j];
      if (x.first != y.first || x.count != y.count || x.step != y.step ||
          std::bit_cast<std::uint64_t>(x.value) != std::bit_cast<std::uint64_t>(y.value))
        return false;
    }
  }
  return true;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size > 4096) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto unpacked = unpack(bytes);
  const std::string_view content = unpacked && unpacked->size() < 65'536 ? std::string_view(*unpacked) : bytes;
  if (const auto chunk = read(content)) {
    const auto again = read(encode_chunk(*chunk));
    if (!again || !same(*chunk, *again)) std::abort();
  }
  if (auto moment = decode_moment(content)) {
    const auto again = decode_moment(encode_moment(*moment));
    if (!again || again->repeated != moment->repeated) std::abort();
  }
  (void)decode_ids(content);
  ByteReader reader(content);
  while (!reader.at_end() && reader.ok()) (void)read_labels(reader, "up");
  if (unpack(pack(bytes)) != bytes) std::abort();
  return 0;
}
