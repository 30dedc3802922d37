#include "daemon/scrape/scraping.hpp"

#include "daemon/offload.hpp"
#include "daemon/version.hpp"

#include <boost/system/system_error.hpp>
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <exception>
#include <utility>

namespace a2od {

namespace asio = boost::asio;

namespace {

constexpr std::size_t kReaders = 2;

ScrapedRow row_of(const ScrapeTarget& target) {
  return {.pool = target.job->config.job_name,
          .address = target.address,
          .labels = target.labels,
          .discovered = target.discovered,
          .interval = target.interval,
          .timeout = target.timeout,
          .error = {}};
}

Exporter exporter_of(const ScrapeTarget& target) {
  return {.job = std::string(label_value(target.labels, "job")),
          .instance = std::string(label_value(target.labels, "instance")),
          .address = target.address};
}

/// Of targets with the same key: which others their jobs have does not matter.
bool is_asked_alike(const ScrapeTarget& a, const ScrapeTarget& b) {
  return a.job->config == b.job->config && a.interval == b.interval && a.timeout == b.timeout;
}

}  // namespace

Scraping::Scraping(asio::any_io_executor loop, const Config& config, ScrapingCollaborators collaborators)
    : with_(std::move(collaborators)), readers_(kReaders), scheduler_(kMostScrapes), wake_(loop) {
  reload(config);
}

Scraping::~Scraping() {
  readers_.stop();
  readers_.join();
}

void Scraping::reload(const Config& config) {
  Targets targets;
  std::map<Job, JobSettings> jobs;
  dropped_.clear();
  for (const auto& scrape : config.scrape_configs) {
    auto found = targets_of(scrape);
    if (!found) {
      spdlog::error("{}", found.error().message);
      continue;
    }
    for (const auto& problem : found->problems) spdlog::error("{}", problem);
    for (auto& labels : found->dropped) dropped_.push_back({.pool = scrape.job_name, .discovered = std::move(labels)});
    for (const auto& target : found->active) {
      Job job{.collector = scrape.job_name, .tenant = {}, .environment_id = target.key()};
      jobs.emplace(job, JobSettings{target.interval, target.timeout});
      const auto known = targets_.find(job);
      if (known != targets_.end() && is_asked_alike(known->second->target, target)) {
        known->second->target.refused = target.refused;
        known->second->target.discovered = target.discovered;
        targets.insert(targets_.extract(known));
        continue;
      }
      auto made = std::make_shared<Target>(target);
      if (known != targets_.end()) {
        made->former = known->second;
        made->last = known->second->last;
        made->took = known->second->took;
        made->error = known->second->error;
        made->metadata = known->second->metadata;
        targets_.erase(known);
      }
      targets.emplace(std::move(job), std::move(made));
    }
  }
  for (auto& [job, target] : targets_) retire(target);
  targets_ = std::move(targets);
  scheduler_.set_jobs(jobs, with_.clock.now());
  wake_.call();
}

/// It ends, and whatever of those before it no scrape of its own has taken over; each after its scrape that still runs.
void Scraping::retire(std::shared_ptr<Target> target) {
  for (; target; target = std::exchange(target->former, nullptr)) {
    target->gone = true;
    if (!target->running) end_later(target);
  }
}

/// As in Prometheus: by then another target that has the same series, be it this one with another path, has brought
/// them.
void Scraping::end_later(std::shared_ptr<Target> target) {
  const auto due = with_.clock.now() + 2 * target->target.interval;
  ended_.push_back({std::move(target), due});
}

asio::awaitable<void> Scraping::run(TaskGroup& runs) {
  for (;;) {
    for (auto& job : scheduler_.start_due(with_.clock.now())) {
      auto target = targets_.at(job);
      target->running = true;
      auto name = fmt::format("scrape of {}", target->target.address);
      runs.spawn(std::move(name), scrape(std::move(job), std::move(target)));
    }
    if (auto due = take_ended(with_.clock.now()); !due.empty()) runs.spawn("end of targets", end(std::move(due)));
    auto next = scheduler_.next_wake();
    for (const auto& ended : ended_) next = std::min(next.value_or(ended.due), ended.due);
    std::optional<Clock::duration> pause;
    if (next) pause = std::max(Clock::duration::zero(), *next - with_.clock.now());
    co_await wake_.sleep(pause);
  }
}

asio::awaitable<void> Scraping::scrape(Job job, std::shared_ptr<Target> target) {
  const auto started = with_.clock.now();
  const auto at = aligned(with_.now(), target->last, target->target.interval);
  try {
    co_await fetch_and_read(*target);
  } catch (const boost::system::system_error&) {
    throw;  // cancelled: the daemon stops
  } catch (const std::exception& error) {
    // Its page does not find room, say.
    target->series.fail(fmt::format("the page cannot be read: {}", error.what()));
  }
  try {
    co_await write(*target, at, started);
  } catch (const boost::system::system_error&) {
    throw;  // cancelled: the daemon stops
  } catch (const std::exception& error) {
    spdlog::error("scrape of {}: {}", target->target.address, error.what());
  }
  target->running = false;
  if (target->gone) end_later(target);
  scheduler_.finished(job);
  if (is_starting_ && !is_starting()) with_.started();
  wake_.call();
}

asio::awaitable<void> Scraping::fetch_and_read(Target& target) {
  if (!target.target.refused.empty()) {
    target.series.fail(target.target.refused);
    co_return;
  }
  auto access = co_await offload(with_.files, [&] { return read_access(target.target.job->config.http); });
  if (!access) {
    target.series.fail(access.error().message);
    co_return;
  }
  auto page = co_await fetch_page(with_.http, target.target, std::move(*access), "a2od/" + std::string(kVersion));
  if (!page) {
    target.series.fail(page.error().message);
    co_return;
  }
  co_await offload(readers_.get_executor(), [&] { target.series.read(std::move(*page)); });
}

asio::awaitable<void> Scraping::write(Target& target, Timestamp at, Clock::time_point started) {
  for (auto former = std::exchange(target.former, nullptr); former; former = std::exchange(former->former, nullptr))
    target.series.take_over(former->series);
  // A clock that was set back makes no sample older than the one before.
  if (target.last) at = std::max(at, *target.last + Milliseconds(1));
  Clock::duration took{};
  const auto write_some = [&](Engine& engine) {
    bool more = false;
    engine.write([&](Store& store) {
      more = target.series.create_some(store, at);
      took = with_.clock.now() - started;
      if (!more) target.series.write(store, at, took);
    });
    if (!more) engine.set_scraped(exporter_of(target.target), !target.series.report().error);
    return more;
  };
  for (bool more = true; more;) more = co_await with_.engine.with(write_some);
  target.last = at;
  target.took = took;
  target.metadata = target.series.metadata();
  tell(target);
}

/// Says once when a target goes down, and when it is up again.
void Scraping::tell(Target& target) {
  const auto& error = target.series.report().error;
  const auto& name = target.target.job->config.job_name;
  if (error && target.error != error) spdlog::warn("job '{}': {} is down: {}", name, target.target.address, *error);
  if (!error && target.error) spdlog::info("job '{}': {} is up again", name, target.target.address);
  target.error = error;
}

std::vector<std::shared_ptr<Scraping::Target>> Scraping::take_ended(Clock::time_point now) {
  std::vector<std::shared_ptr<Target>> due;
  for (auto& ended : ended_)
    if (now >= ended.due) due.push_back(std::move(ended.target));
  std::erase_if(ended_, [](const Ended& ended) { return !ended.target; });
  return due;
}

asio::awaitable<void> Scraping::end(std::vector<std::shared_ptr<Target>> targets) {
  for (const auto& ended : targets) {
    Target& target = *ended;
    const auto exporter = exporter_of(target.target);
    const bool is_back =
        std::ranges::any_of(targets_, [&](const auto& other) { return exporter_of(other.second->target) == exporter; });
    co_await with_.engine.with([&](Engine& engine) {
      // Right behind its own last samples: series that another target has brought since go on.
      if (target.last) engine.write([&](Store& store) { target.series.end(store, *target.last + Milliseconds(1)); });
      if (!is_back) engine.set_scraped(exporter, true);
    });
  }
}

bool Scraping::is_starting() {
  is_starting_ = is_starting_ && !scheduler_.all_settled(with_.clock.now());
  return is_starting_;
}

ScrapeRows Scraping::rows() const {
  ScrapeRows rows{.active = {}, .dropped = dropped_};
  for (const auto& [job, target] : targets_) {
    auto& row = rows.active.emplace_back(row_of(target->target));
    row.last = target->last;
    row.took = target->took;
    row.error = target->error.value_or("");
    row.metadata = target->metadata;
  }
  return rows;
}

}  // namespace a2od
