// Alertmanager's own acceptance scenarios of one instance, in virtual time: alerts are pushed, silences set, and each
// expected batch must arrive within its window, and no other.
#include "config/read.hpp"
#include "daemon/notify/dispatcher.hpp"
#include "daemon/notify/outbox.hpp"
#include "daemon/notify/webhook_body.hpp"
#include "tests/daemon/notify/conformance.hpp"
#include "tests/daemon/notify/fixtures.hpp"

#include <boost/json/serialize.hpp>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <stdexcept>
#include <utility>

namespace a2od {
namespace {

using namespace test;
namespace json = boost::json;

std::string text(const json::value& value) { return std::string(std::string_view(value.as_string())); }

Config config_of(const json::value& row) {
  auto yaml = text(row.at("config"));
  constexpr std::string_view kAddress = "{webhook_1}";
  if (const auto at = yaml.find(kAddress); at != std::string::npos) yaml.replace(at, kAddress.size(), "127.0.0.1:1");
  auto config = parse_config("alertmanager.yml", yaml, {});
  if (!config) throw std::runtime_error(to_string(config.error().front()));
  return std::move(*config);
}

Timestamp at(const json::value& milliseconds) { return kStart + Milliseconds(milliseconds.as_int64()); }

Timestamp at(const json::object& from, std::string_view key) {
  const auto* given = from.if_contains(key);
  return given == nullptr ? Timestamp{} : at(*given);
}

AlertNotice notice(const json::value& alert) {
  const auto& from = alert.as_object();
  std::vector<Labels::Pair> pairs;
  for (const auto& [name, value] : from.at("labels").as_object())
    pairs.emplace_back(name, std::string_view(value.as_string()));
  AlertNotice out;
  out.labels = Labels::from(std::move(pairs));
  if (const auto* annotations = from.if_contains("annotations")) {
    for (const auto& [name, value] : annotations->as_object()) out.annotations.emplace(name, text(value));
  }
  out.starts_at = at(from, "starts_at_ms");
  out.ends_at = at(from, "ends_at_ms");
  return out;
}

/// What is compared of an alert: labels, annotations and the two times.
using Batch = std::multiset<std::string>;

std::string comparable(const json::value& alert, Timestamp starts_at, std::string ends_at) {
  return json::serialize(alert.at("labels")) + json::serialize(alert.at("annotations")) + go_time(starts_at) + ends_at;
}

Batch expected_batch(const json::value& entry) {
  Batch batch;
  for (const auto& alert : entry.at("alerts").as_array()) {
    const auto ends_at = at(alert.as_object(), "ends_at_ms");
    batch.insert(comparable(alert, at(alert.as_object(), "starts_at_ms"),
                            ends_at == Timestamp{} ? "0001-01-01T00:00:00Z" : go_time(ends_at)));
  }
  return batch;
}

Batch received_batch(const std::string& body) {
  Batch batch;
  for (const auto& alert : parsed(body).at("alerts").as_array()) {
    batch.insert(json::serialize(alert.at("labels")) + json::serialize(alert.at("annotations")) +
                 text(alert.at("startsAt")) + text(alert.at("endsAt")));
  }
  return batch;
}

/// Plays a scenario from event to wake-up to event.
class Player {
 public:
  explicit Player(const json::value& row)
      : events_(row.at("events").as_array()),
        config_(config_of(row)),
        dispatcher_(routing_of(config_), {.resolve_timeout = config_.global.resolve_timeout, .silences = &silences_}) {
    outbox_.set_receivers(config_.receivers);
    if (const auto* behaviour = row.at("webhook_behaviour").as_object().if_contains("webhook")) {
      asleep_until_ = at(behaviour->at("sleep_before_ms"));
    }
  }

  std::vector<std::pair<Timestamp, Batch>> play(Timestamp end) {
    while (now_ <= end) {
      for (; next_event_ < events_.size() && at(events_[next_event_].at("at_ms")) <= now_; ++next_event_) {
        apply(events_[next_event_]);
      }
      auto messages = dispatcher_.advance(now_).messages;
      for (auto& message : messages) message.id = ++last_id_;
      outbox_.add(std::move(messages), now_);
      deliver();
      now_ = next();
    }
    return batches_;
  }

 private:
  void apply(const json::value& event) {
    const auto action = text(event.at("action"));
    if (action == "reload")
      return dispatcher_.set_routing(routing_of(config_), config_.global.resolve_timeout, "", now_);
    if (action == "set_silence") return set_silence(event);
    if (action == "del_silence") {
      ASSERT_TRUE(silences_.expire(text(event.at("silence")), now_));
      return;
    }
    std::vector<AlertNotice> notices;
    for (const auto& alert : event.at("alerts").as_array()) notices.push_back(notice(alert));
    dispatcher_.receive(notices, now_);
  }

  void set_silence(const json::value& event) {
    Silence silence{.starts_at = at(event.at("starts_at_ms")), .ends_at = at(event.at("ends_at_ms"))};
    for (const auto& matcher : event.at("matchers").as_array()) {
      const bool regex = matcher.at("isRegex").as_bool();
      silence.matchers.push_back(Matcher::make(regex ? MatchType::regex : MatchType::equal, text(matcher.at("name")),
                                               text(matcher.at("value")), Dot::one_line)
                                     .value());
    }
    ASSERT_TRUE(silences_.set(std::move(silence), text(event.at("silence")), now_));
  }

  void deliver() {
    if (slow_ && slow_->second <= now_) {
      outbox_.finish(slow_->first, {.error = "timed out"}, now_);
      slow_.reset();
    }
    for (const auto& message : outbox_.take_due(now_)) {
      if (now_ < asleep_until_) {
        slow_ = {message.id, now_ + std::get<WebhookConfig>(config_.receivers[0].integrations[0]).timeout};
        continue;
      }
      batches_.emplace_back(now_, received_batch(message.body));
      outbox_.finish(message.id, {.status = 200}, now_);
      dispatcher_.delivered(message.to, message.group_key, now_);
    }
  }

  [[nodiscard]] Timestamp next() const {
    auto next = Timestamp::max();
    if (next_event_ < events_.size()) next = at(events_[next_event_].at("at_ms"));
    if (const auto wake = dispatcher_.next_wake()) next = std::min(next, *wake);
    if (const auto wake = outbox_.next_wake()) next = std::min(next, *wake);
    if (slow_) next = std::min(next, slow_->second);
    return std::max(next, now_ + 1ms);
  }

  const json::array& events_;
  Config config_;
  Silences silences_;
  Dispatcher dispatcher_;
  Outbox outbox_;
  Timestamp now_ = kStart;
  Timestamp asleep_until_{};
  std::optional<std::pair<std::uint64_t, Timestamp>> slow_;
  std::size_t next_event_ = 0;
  std::uint64_t last_id_ = 0;
  std::vector<std::pair<Timestamp, Batch>> batches_;
};

bool is_ours(const json::value& row) { return row.at("core").as_bool() && !row.at("webhooks").as_array().empty(); }

TEST(Acceptance, BatchesArriveWithinAlertmanagersWindows) {
  const auto cases = conformance_cases("am_acceptance.json");
  if (cases.empty()) GTEST_SKIP() << "am_acceptance.json is not there";
  int played = 0;
  for (const auto& row : cases) {
    if (!is_ours(row)) continue;
    ++played;
    SCOPED_TRACE(text(row.at("id")));
    json::array entries;
    if (const auto* expected = row.at("expect").as_object().if_contains("webhook")) entries = expected->as_array();
    Timestamp end{};
    for (const auto& entry : entries) end = std::max(end, at(entry.at("between_ms").at(1)));
    const auto silent = std::remove_if(entries.begin(), entries.end(),
                                       [](const json::value& entry) { return entry.at("alerts").as_array().empty(); });
    entries.erase(silent, entries.end());
    const auto batches = Player(row).play(end);
    ASSERT_EQ(batches.size(), entries.size());
    for (std::size_t i = 0; i < entries.size(); ++i) {
      EXPECT_GE(batches[i].first, at(entries[i].at("between_ms").at(0))) << "batch " << i;
      EXPECT_LE(batches[i].first, at(entries[i].at("between_ms").at(1))) << "batch " << i;
      EXPECT_EQ(batches[i].second, expected_batch(entries[i])) << "batch " << i;
    }
  }
  EXPECT_EQ(played, 8);
}

}  // namespace
}  // namespace a2od
