#include "collectors/cloud/session.hpp"

#include <gtest/gtest.h>

namespace a2od::cloud {
namespace {

Failure failure(Cause cause, std::string message) {
  Failure made;
  made.cause = cause;
  made.message = std::move(message);
  return made;
}

TEST(FailedPart, NamesTheRightOnlyWhereOneIsMissing) {
  EXPECT_EQ(failed_part("jobs", failure(Cause::denied, "no"), "System Administrator").missing_right,
            "System Administrator");
  EXPECT_EQ(failed_part("jobs", failure(Cause::timeout, "slow"), "System Administrator").missing_right, "");
}

TEST(FailedPart, PrefersThePrivilegeThatTheServiceNames) {
  const auto part = failed_part("jobs", failure(Cause::denied, "user is missing prvReadAsyncOperation privilege"), "x");
  EXPECT_EQ(part.missing_right, "prvReadAsyncOperation");
  EXPECT_EQ(part.outcome, Outcome::denied);
  EXPECT_EQ(part.name, "jobs");
}

TEST(Cause, EachHasItsOutcomeAndName) {
  struct Row {
    Cause cause;
    Outcome outcome;
    std::string name;
  };
  const Row rows[] = {
      {Cause::lookup, Outcome::unreachable, "lookup"},     {Cause::connection, Outcome::unreachable, "connection"},
      {Cause::tls, Outcome::unreachable, "tls"},           {Cause::timeout, Outcome::unreachable, "timeout"},
      {Cause::sign_in, Outcome::denied, "sign_in"},        {Cause::denied, Outcome::denied, "denied"},
      {Cause::not_a_user, Outcome::denied, "not_a_user"},  {Cause::admin_mode, Outcome::denied, "admin_mode"},
      {Cause::disabled, Outcome::unreachable, "disabled"}, {Cause::absent, Outcome::absent, "absent"},
      {Cause::throttled, Outcome::throttled, "throttled"}, {Cause::budget, Outcome::throttled, "budget"},
      {Cause::server, Outcome::unreachable, "server"},     {Cause::refused, Outcome::broken, "refused"},
      {Cause::malformed, Outcome::broken, "malformed"}};
  for (const Row& row : rows) {
    EXPECT_EQ(outcome_of(row.cause), row.outcome) << row.name;
    EXPECT_EQ(to_string(row.cause), row.name);
  }
}

}  // namespace
}  // namespace a2od::cloud
