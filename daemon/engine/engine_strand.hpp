// The engine on its strand of the pool: the loop asks and is answered, and never waits for a lock.
#pragma once

#include "daemon/engine/engine.hpp"
#include "daemon/offload.hpp"
#include "daemon/web/exposition.hpp"

#include <boost/asio/strand.hpp>
#include <boost/asio/thread_pool.hpp>

#include <array>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace a2od {

class EngineStrand {
 public:
  EngineStrand(boost::asio::thread_pool& pool, EngineOptions options, std::vector<GroupDefinition> groups,
               std::span<const SavedAlert> saved)
      : strand_(boost::asio::make_strand(pool)), engine_(std::move(options), std::move(groups), saved) {}

  /// Fills the store before anything else happens. Blocks.
  void restore(Timestamp now, const std::function<void(std::span<const promql::SeriesWindow>, Store&)>& read) {
    engine_.restore(now, read);
  }

  /// Before anything else happens.
  [[nodiscard]] std::vector<Labels> unevaluated() const { return engine_.unevaluated(); }

  /// From now on, each with() hands over what the store took in meanwhile, on the caller's executor.
  void on_samples(std::function<void(std::vector<LoggedSamples>)> take) {
    on_samples_ = std::make_shared<TakeSamples>(std::move(take));
    engine_.keep_log();
  }

  /// Runs `work(engine)` on the strand and returns its result on the caller's executor.
  template <class Work>
  boost::asio::awaitable<std::invoke_result_t<Work&, Engine&>> with(Work work) {
    std::vector<LoggedSamples> samples;
    // Also when the work throws: what the store has is written down.
    const HandOver hand_over{on_samples_, samples};
    co_return co_await offload(strand_, [this, &samples, work = std::move(work)]() mutable {
      const AfterWork after{*this, samples};
      return work(engine_);
    });
  }

  /// The page for scrapers: rendered once for each generation and form, shared by all who ask for it. Tens of megabytes
  /// for a large estate, it is held no longer than it is true.
  boost::asio::awaitable<std::shared_ptr<const std::string>> exposition(ExpositionFormat format, bool compressed) {
    return offload(strand_, [this, format, compressed] { return rendered(format, compressed); });
  }

 private:
  using Page = std::shared_ptr<const std::string>;
  struct AfterWork {
    EngineStrand& strand;
    std::vector<LoggedSamples>& samples;
    ~AfterWork() {
      samples = strand.engine_.take_samples();
      strand.drop_outdated_pages();
    }
  };
  using TakeSamples = std::function<void(std::vector<LoggedSamples>)>;
  /// A caller that is suspended may outlive the strand, when the event loop ends by an exception.
  struct HandOver {
    std::weak_ptr<TakeSamples> take;
    std::vector<LoggedSamples>& samples;
    ~HandOver() {
      if (const auto taker = take.lock()) (*taker)(std::move(samples));
    }
  };
  void drop_outdated_pages() {
    if (std::exchange(generation_, engine_.values().generation()) != engine_.values().generation()) pages_ = {};
  }
  Page rendered(ExpositionFormat format, bool compressed) {
    auto& page = pages_[(format == ExpositionFormat::open_metrics ? 1 : 0) + (compressed ? 2 : 0)];
    if (!page)
      page = std::make_shared<const std::string>(compressed ? render_gzip(engine_.values(), format) : text(format));
    return page;
  }

  std::string text(ExpositionFormat format) {
    auto page = render(engine_.values(), format, page_size_);
    page_size_ = page.size();
    return page;
  }

  boost::asio::strand<boost::asio::thread_pool::executor_type> strand_;
  Engine engine_;
  std::shared_ptr<TakeSamples> on_samples_;
  std::array<Page, 4> pages_;
  std::size_t page_size_ = 0;
  std::uint64_t generation_ = 0;
};

}  // namespace a2od
