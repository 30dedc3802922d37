#include "rules/series/slabs.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <set>
#include <thread>
#include <utility>
#include <vector>

namespace a2od {
namespace {

constexpr std::size_t kSize = 3'600;

std::vector<void*> take(Slabs& slabs, std::size_t count) {
  std::vector<void*> objects(count);
  for (void*& object : objects) {
    object = slabs.take();
    std::memset(object, 0x5a, kSize);
  }
  return objects;
}

void give_back(Slabs& slabs, const std::vector<void*>& objects) {
  for (void* const object : objects) slabs.give_back(object);
}

TEST(Slabs, ObjectsDoNotOverlap) {
  Slabs slabs(kSize);
  auto objects = take(slabs, 1'000);
  std::ranges::sort(objects);
  for (std::size_t i = 1; i < objects.size(); ++i) {
    const auto distance = static_cast<std::byte*>(objects[i]) - static_cast<std::byte*>(objects[i - 1]);
    EXPECT_GE(static_cast<std::size_t>(distance), kSize);
  }
  give_back(slabs, objects);
}

TEST(Slabs, WhatIsGivenBackIsUsedAgain) {
  Slabs slabs(kSize);
  auto kept = take(slabs, 1'000);
  const std::size_t bytes = slabs.bytes();
  for (std::size_t round = 0; round < 100; ++round) {
    for (std::size_t i = round % 3; i < kept.size(); i += 3) slabs.give_back(std::exchange(kept[i], nullptr));
    for (void*& object : kept)
      if (object == nullptr) object = slabs.take();
    ASSERT_EQ(std::set<void*>(kept.begin(), kept.end()).size(), kept.size());
  }
  EXPECT_EQ(slabs.bytes(), bytes);
  give_back(slabs, kept);
}

TEST(Slabs, MemoryGoesBackWithTheLastObjectOfASlab) {
  Slabs slabs(kSize);
  const auto old = take(slabs, 10'000);
  const std::size_t level = slabs.bytes();
  const auto copies = take(slabs, 10'000);
  EXPECT_GT(slabs.bytes(), 2 * level - (1 << 20));
  give_back(slabs, old);
  EXPECT_LE(slabs.bytes(), level + (1 << 20));
  give_back(slabs, copies);
  EXPECT_EQ(slabs.bytes(), 0U);
}

TEST(ThreadsSlabs, AnyThreadMayGiveBackWhatAnotherTook) {
  Slabs slabs(kSize);
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&slabs, mine = take(slabs, 500)] {
      give_back(slabs, mine);
      for (int round = 0; round < 50; ++round) give_back(slabs, take(slabs, 100));
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(slabs.bytes(), 0U);
}

}  // namespace
}  // namespace a2od
