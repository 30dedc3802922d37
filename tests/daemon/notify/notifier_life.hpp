// The notification stage as the daemon runs it, in virtual time: the real notifier, state database and HTTP client on
// one thread, until it is killed.
#pragma once

#include "collectors/async/clock.hpp"
#include "collectors/async/task_group.hpp"
#include "collectors/cloud/http_client.hpp"
#include "config/config.hpp"
#include "daemon/notify/notifier.hpp"
#include "daemon/self_metrics.hpp"
#include "daemon/state/database.hpp"
#include "daemon/state/state_writer.hpp"
#include "tests/collectors/async/run.hpp"

#include <boost/asio/io_context.hpp>

#include <exception>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace a2od::test {

class NotifierLife {
 public:
  /// `now` is read whenever the time is asked for. Throws where the state database cannot be opened or read.
  NotifierLife(boost::asio::io_context& io, const Config& config, const std::filesystem::path& folder,
               const Timestamp& now)
      : io_(io),
        database_(open(folder)),
        state_(database_, io.get_executor(), journal_),
        http_(io.get_executor(), config.transport, clock_),
        notifier_(io.get_executor(), config, NotificationTemplates(), "http://a2od",
                  {.http = http_,
                   .database = database_,
                   .state = state_,
                   .journal = journal_,
                   .pool = io.get_executor(),
                   .metrics = metrics_,
                   .now = [&now] { return now; }}),
        loops_(io.get_executor(), rethrow()),
        deliveries_(io.get_executor(), rethrow()) {
    notifier_.restore(now);
    loops_.spawn("notifying", notifier_.run(deliveries_));
    settle();
  }
  ~NotifierLife() {
    run(io_, loops_.stop());
    run(io_, deliveries_.stop());
  }
  NotifierLife(const NotifierLife&) = delete;
  NotifierLife& operator=(const NotifierLife&) = delete;

  [[nodiscard]] Notifier& notifier() { return notifier_; }
  [[nodiscard]] const Notifier& notifier() const { return notifier_; }

  /// As rules do; whatever became due meanwhile is decided on, too.
  void receive(const std::vector<AlertNotice>& notices) {
    notifier_.receive(notices);
    settle();
  }
  /// What follows from them may not have been done yet.
  bool receive_from_others(std::vector<AlertNotice> notices) {
    return result_of(io_, notifier_.receive_from_others(std::move(notices)));
  }

  /// Until all that is due was committed, sent and answered.
  void settle() {
    do {
      io_.restart();
      while (io_.poll() > 0) {
      }
      if (deliveries_.running() > 0) io_.run_one();
    } while (deliveries_.running() > 0);
    while (io_.poll() > 0) {
    }
  }

  /// The value of one series: "a2od_notifications_total", {{"receiver", "team"}}.
  [[nodiscard]] double metric(std::string_view name, const Labels& labels) const {
    for (const auto& sample : metrics_.samples()) {
      if (sample.metric->name != name) continue;
      if (std::ranges::all_of(labels.pairs(),
                              [&](const auto& pair) { return sample.labels.get(pair.first) == pair.second; }))
        return sample.value;
    }
    throw std::out_of_range(std::string(name));
  }

 private:
  static Database open(const std::filesystem::path& folder) {
    auto database = Database::open(folder);
    if (!database) throw std::runtime_error(database.error().message);
    return std::move(*database);
  }
  static TaskGroup::OnFailure rethrow() {
    return [](const std::string& name, const std::exception& error) {
      throw std::runtime_error(name + ": " + error.what());
    };
  }

  boost::asio::io_context& io_;
  SystemClock clock_;
  Database database_;
  Journal journal_;
  StateWriter state_;
  cloud::HttpClient http_;
  SelfMetrics metrics_;
  Notifier notifier_;
  TaskGroup loops_;
  TaskGroup deliveries_;
};

}  // namespace a2od::test
