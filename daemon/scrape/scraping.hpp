// Scrapes exporters: asks each of them in time, has its page read on threads of their own, and hands it to the engine.
#pragma once

#include "collectors/async/task_group.hpp"
#include "collectors/cloud/http_client.hpp"
#include "collectors/scrape/target.hpp"
#include "config/config.hpp"
#include "daemon/collect/scheduler.hpp"
#include "daemon/engine/engine_strand.hpp"
#include "daemon/scrape/scraped_series.hpp"
#include "daemon/wake.hpp"
#include "daemon/web/status_page.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/thread_pool.hpp>

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace a2od {

struct ScrapingCollaborators {
  Clock& clock;
  std::function<Timestamp()> now;  ///< evaluation time
  cloud::HttpClient& http;
  EngineStrand& engine;
  boost::asio::any_io_executor files;  ///< where blocking is allowed
  std::function<void()> started;       ///< called when is_starting() is false for the first time
};

/// On the event loop.
class Scraping {
 public:
  /// At a time: targets that hang until their timeout must not keep others waiting.
  static constexpr unsigned kMostScrapes = 4096;

  Scraping(boost::asio::any_io_executor loop, const Config& config, ScrapingCollaborators collaborators);
  ~Scraping();

  /// Targets that are there still are scraped on, at their times; others end after two intervals.
  void reload(const Config& config);

  /// Scrapes what is due until cancelled; scrapes are tasks of `runs`.
  boost::asio::awaitable<void> run(TaskGroup& runs);

  /// Until each target has ended a first scrape, or missed two and a half intervals. Targets that a reload adds later
  /// keep nobody waiting.
  [[nodiscard]] bool is_starting();

  [[nodiscard]] ScrapeRows rows() const;

 private:
  struct Target {
    ScrapeTarget target;
    ScrapedSeries series;
    std::shared_ptr<Target> former;  ///< the same target as it was configured before
    bool running = false;
    bool gone = false;
    std::optional<Timestamp> last;
    std::chrono::duration<double> took{};
    std::optional<std::string> error;
    std::shared_ptr<const PageMetadata> metadata;
    explicit Target(const ScrapeTarget& of) : target(of), series(of) {}
  };
  using Targets = std::map<Job, std::shared_ptr<Target>>;
  /// A target that is not scraped any more, until its series end.
  struct Ended {
    std::shared_ptr<Target> target;
    Clock::time_point due;
  };

  boost::asio::awaitable<void> scrape(Job job, std::shared_ptr<Target> target);
  boost::asio::awaitable<void> fetch_and_read(Target& target);
  boost::asio::awaitable<void> write(Target& target, Timestamp at, Clock::time_point started);
  void retire(std::shared_ptr<Target> target);
  void end_later(std::shared_ptr<Target> target);
  /// Those that are due.
  [[nodiscard]] std::vector<std::shared_ptr<Target>> take_ended(Clock::time_point now);
  boost::asio::awaitable<void> end(std::vector<std::shared_ptr<Target>> targets);
  void tell(Target& target);

  ScrapingCollaborators with_;
  boost::asio::thread_pool readers_;
  Targets targets_;
  std::vector<ScrapedRow> dropped_;
  std::vector<Ended> ended_;
  bool is_starting_ = true;
  Scheduler scheduler_;
  Wake wake_;
};

}  // namespace a2od
