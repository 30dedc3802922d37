// A dispatcher in virtual time, and what it told whom and when.
#pragma once

#include "config/matchers.hpp"
#include "daemon/notify/dispatcher.hpp"
#include "tests/daemon/notify/fixtures.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace a2od::test {

inline std::vector<Matcher> matchers(std::string_view text) {
  return parse_matchers(text, MatcherSyntax::fallback).value();
}

struct Told {
  Milliseconds at;  ///< since kStart
  std::string receiver;
  Statuses alerts;
  bool operator==(const Told&) const = default;
  friend void PrintTo(const Told& told, std::ostream* out) {
    *out << told.at.count() / 1000 << " s to " << told.receiver << ':';
    for (const auto& [alert, status] : told.alerts) *out << ' ' << alert << ' ' << status;
  }
};

class DispatcherInTime : public testing::Test {
 protected:
  explicit DispatcherInTime(Routing routing) { make(std::move(routing)); }

  void make(Routing routing) { dispatcher_.emplace(std::move(routing), DispatcherOptions{.silences = &silences_}); }

  /// A new process with what the one before has left.
  void restart(Routing routing) {
    auto state = dispatcher_->state();
    make(std::move(routing));
    dispatcher_->restore(std::move(state), now_);
  }

  void receive(const AlertNotice& notice) { dispatcher_->receive(std::vector{notice}, now_); }

  /// Lets time pass; alerts do not expire.
  void run_until(Milliseconds after) {
    dispatcher_->hold_until(kStart + after + 24h);
    for (;;) {
      for (const auto& message : dispatcher_->advance(now_).messages)
        told_.push_back({now_ - kStart, message.to.receiver, statuses(message.body)});
      const auto next = dispatcher_->next_wake();
      if (!next || *next > kStart + after) break;
      ASSERT_GT(*next, now_) << "a wake-up that decides nothing";
      now_ = *next;
    }
    now_ = kStart + after;
  }

  /// Since the last call.
  std::vector<Told> told() { return std::exchange(told_, {}); }

  Silences silences_;
  std::optional<Dispatcher> dispatcher_;
  Timestamp now_ = kStart;
  std::vector<Told> told_;
};

}  // namespace a2od::test
