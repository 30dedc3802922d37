#include "rules/series/label_names.hpp"

#include "rules/series/labels.hpp"

#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

namespace a2od {
namespace {

TEST(LabelNames, AreSharedByLabelSetsOfTheSameNames) {
  const Labels one{{"environment", "dev"}, {"type", "log"}};
  const Labels other{{"type", "file"}, {"environment", "prod"}};
  EXPECT_EQ(one.pairs()[0].first.data(), other.pairs()[0].first.data());
  EXPECT_NE(one, other);
}

TEST(LabelNames, SayWhetherAllAreClassic) {
  EXPECT_TRUE(Labels({{"__name__", "my.metric"}, {"a_1", "b.c"}}).names_are_classic());
  EXPECT_FALSE(Labels({{"a.b", "c"}, {"d", "e"}}).names_are_classic());
  EXPECT_TRUE(Labels().names_are_classic());
}

TEST(LabelNames, WhoSendsEverNewOnesGetsEqualLabelSetsAllTheSame) {
  for (int i = 0; i < 10'000; ++i) {
    const std::string name = "name_" + std::to_string(i) + std::string(i % 100 == 0 ? 2000 : 0, 'x');
    const Labels labels{{"a", "1"}, {name, "2"}};
    ASSERT_EQ(labels, Labels({{name, "2"}, {"a", "1"}}));
    ASSERT_EQ(labels.get(name), "2");
    ASSERT_EQ(labels.with(name, ""), Labels({{"a", "1"}}));
  }
}

TEST(ThreadsLabelNames, AreTheSame) {
  std::vector<Labels> made(4);
  {
    std::vector<std::jthread> threads;
    for (Labels& labels : made) {
      threads.emplace_back([&labels] {
        for (int i = 0; i < 1000; ++i) {
          const std::string name = "on_threads_" + std::to_string(i);
          labels = Labels{{name, "1"}, {name + std::string(1100, 'y'), "2"}};
        }
      });
    }
  }
  for (const Labels& labels : made) EXPECT_EQ(labels, made.front());
}

}  // namespace
}  // namespace a2od
