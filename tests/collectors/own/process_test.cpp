// Programs: what they print and say, and that none outlives its time.
#include "collectors/own/process.hpp"

#include "tests/collectors/async/run.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace a2od {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

ProcessResult shell(const std::string& script, Milliseconds limit = 10s, std::size_t most = 1U << 20U) {
  boost::asio::io_context io(1);
  return result_of(io, run_process({.command = {"/bin/sh", "-c", script},
                                    .environment = {{"PATH", "/usr/bin:/bin"}, {"ONLY", "this"}},
                                    .limit = limit,
                                    .max_output = most}));
}

TEST(Process, ItsOutputIsRead) {
  const auto result = shell("echo a; echo b >&2; echo c");
  EXPECT_TRUE(result.succeeded()) << result.error;
  EXPECT_EQ(result.output, "a\nc\n");
}

TEST(Process, ItHasNoOtherEnvironmentInputFolderOrFiles) {
  EXPECT_THAT(shell("env").output, testing::Not(HasSubstr("HOME=")));
  EXPECT_THAT(shell("env").output, HasSubstr("ONLY=this"));
  EXPECT_EQ(shell("cat; pwd").output, "/\n");
  EXPECT_EQ(shell("ls /proc/self/fd | wc -l").output, "4\n");  // 0, 1, 2 and the folder itself
}

TEST(Process, AFailureIsSaidWithItsLastComplaint) {
  EXPECT_EQ(shell("echo first >&2; echo no rights >&2; exit 3").error, "exited with 3: no rights");
  EXPECT_EQ(shell("kill -9 $$").error, "ended by signal 9");
}

TEST(Process, WhatIsNoProgramIsNotStarted) {
  boost::asio::io_context io(1);
  const auto result =
      result_of(io, run_process({.command = {"/nonexistent"}, .environment = {}, .limit = 1s, .max_output = 9}));
  EXPECT_THAT(result.error, HasSubstr("cannot be started: No such file"));
}

TEST(Process, ItIsKilledWithItsChildrenWhenItsTimeIsOver) {
  const auto result = shell("sleep 1000 & sleep 1000", 100ms);
  EXPECT_EQ(result.error, "no end within 100ms: killed");
}

TEST(Process, ItIsKilledWhenItPrintsTooMuchOrComplainsWithoutEnd) {
  EXPECT_EQ(shell("yes", 10s, 1000).error, "printed more than 1000 bytes: killed");
  EXPECT_EQ(shell("while :; do echo x >&2; done", 200ms).error, "no end within 200ms: killed");
}

}  // namespace
}  // namespace a2od
