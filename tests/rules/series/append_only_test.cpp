#include "rules/series/append_only.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <string>
#include <vector>

namespace a2od {
namespace {

using testing::ElementsAre;

std::vector<int> numbers(int first, int last) {
  std::vector<int> all(static_cast<std::size_t>(last - first + 1));
  std::iota(all.begin(), all.end(), first);
  return all;
}

TEST(AppendOnly, CopiesKeepWhatTheyHadWhileTheNewestGrowsAndForgets) {
  AppendOnly<std::string> writer;
  for (const char* text : {"a", "b", "c", "d"}) writer.push_back(text);
  const AppendOnly<std::string> copy = writer;
  writer.drop_front(1);
  for (const char* text : {"e", "f", "g"}) writer.push_back(text);
  EXPECT_THAT(copy.items(), ElementsAre("a", "b", "c", "d"));
  EXPECT_THAT(writer.items(), ElementsAre("b", "c", "d", "e", "f", "g"));
}

TEST(AppendOnly, AWindowThatMovesOnTakesNoMoreMemory) {
  for (const int window : {1, 3, 7, 8, 40, 200}) {
    AppendOnly<int> array;
    for (int i = 1; i <= window; ++i) array.push_back(i);
    std::size_t most = 0;
    for (int i = window + 1; i < 20 * window; ++i) {
      array.drop_front(1);
      array.push_back(i);
      most = std::max(most, array.bytes());
      ASSERT_TRUE(std::ranges::equal(array.items(), numbers(i - window + 1, i))) << window;
    }
    EXPECT_LE(most, (static_cast<std::size_t>(window) * 5 / 4 + 3) * sizeof(int) + 8) << window;
  }
}

}  // namespace
}  // namespace a2od
