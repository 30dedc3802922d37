#include "daemon/history/history_writer.hpp"

#include "daemon/history/rows.hpp"

#include <SQLiteCpp/Database.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <ctime>
#include <system_error>
#include <utility>

namespace a2od {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

constexpr Milliseconds kBetweenSealings = 1h;
constexpr std::size_t kMostJournalBytes = std::size_t{32} << 20;
constexpr Milliseconds kLateSamples = 10min;  ///< that a day still takes after its end
constexpr Milliseconds kBetweenCounts = 1min;

/// Hundreds of thousands of them: no more than an eighth is spare.
template <class T>
void grow(std::vector<T>& items, std::size_t size) {
  if (items.capacity() < size) items.reserve(size + size / 8);
  if (items.size() < size) items.resize(size);
}

/// Of this thread.
std::chrono::nanoseconds cpu_time() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

std::size_t bytes_of(const LoggedSamples& samples) {
  return sizeof(samples) + samples.slots.size() * (sizeof(std::uint32_t) + sizeof(double)) +
         samples.born.size() * sizeof(samples.born.front());
}

bool has_journal(const fs::path& file) {
  const auto database = open_day_file(file, DayFileUse::read);
  if (!database) return false;
  bool any = false;
  guarded(file, [&] { any = database->execAndGet("SELECT EXISTS (SELECT 1 FROM journal)").getInt() != 0; });
  return any;
}

}  // namespace

HistoryWriter::HistoryWriter(HistoryOptions options) : options_(std::move(options)) {}

template <class Work>
bool HistoryWriter::attempt(Day day, Work&& work) {
  std::string why;
  try {
    work();
    return true;
  } catch (const DamagedDayFile& damaged) {
    set_aside_day(day, damaged.what());
    return false;
  } catch (const std::exception& error) {
    why = error.what();
  }
  ++status_.failures;
  status_.last_error = why;
  if (status_.writing) spdlog::error("the history cannot be written, and goes on in memory: {}", why);
  status_.writing = false;
  return false;
}

void HistoryWriter::set_aside_day(Day day, const std::string& why) {
  const auto open = days_.find(day);
  if (open != days_.end()) {
    status_.samples_lost += open->second.writer.drop_pending();
    days_.erase(open);
  }
  status_.last_error = why;
  const auto aside = set_aside(day_file(options_.folder, day));
  if (aside) {
    ++status_.damaged_files;
    spdlog::error("{}; it was set aside as '{}', and the history goes on without it", why, aside->string());
  } else {
    ++status_.failures;
    status_.writing = false;
    spdlog::error("{}; it cannot be set aside", why);
  }
}

void HistoryWriter::report_damaged(Day day, std::uint64_t identity, const std::string& why) {
  if (identity != 0 && identity == identity_of(day_file(options_.folder, day))) set_aside_day(day, why);
}

void HistoryWriter::write(std::vector<LoggedSamples> samples) {
  for (auto& some : samples) {
    status_.samples += some.slots.size();
    waiting_bytes_ += bytes_of(some);
    waiting_.push_back(std::move(some));
  }
  bool all = write_waiting();
  for (const Day day : open_days()) all &= commit(day);
  commit_fails_ = !all;
  if (commit_fails_ || upkeep_fails_) return;
  if (!std::exchange(status_.writing, true)) spdlog::info("the history is written again");
}

std::vector<Day> HistoryWriter::open_days() const {
  std::vector<Day> days;
  for (const auto& [day, open] : days_) days.push_back(day);
  return days;
}

bool HistoryWriter::write_waiting() {
  while (!waiting_.empty()) {
    const LoggedSamples& samples = waiting_.front();
    if (!attempt(day_of(samples.at), [&] { open(samples.at); })) break;
    take_born(samples);
    take(samples);
    waiting_bytes_ -= bytes_of(samples);
    waiting_.pop_front();
  }
  while (waiting_bytes_ > options_.most_waiting_bytes) give_up_oldest_waiting();
  return waiting_.empty();
}

void HistoryWriter::give_up_oldest_waiting() {
  take_born(waiting_.front());
  status_.samples_lost += waiting_.front().slots.size();
  waiting_bytes_ -= bytes_of(waiting_.front());
  waiting_.pop_front();
  for (auto& [day, open] : days_) forget_values(open);
}

void HistoryWriter::forget_values(OpenDay& day) {
  for (Known& known : day.slots) known.value = 0;
}

HistoryWriter::OpenDay& HistoryWriter::open(Timestamp at) {
  const Day day = day_of(at);
  const auto known = days_.find(day);
  if (known != days_.end()) return known->second;
  std::error_code error;
  if (fs::create_directories(options_.folder, error)) fs::permissions(options_.folder, fs::perms::owner_all, error);
  return days_.emplace(day, OpenDay{DayWriter(day_file(options_.folder, day)), at}).first->second;
}

void HistoryWriter::take_born(const LoggedSamples& samples) {
  for (const auto& [slot, labels] : samples.born) {
    grow(labels_, slot + 1);
    labels_[slot] = labels;
    for (auto& [day, open] : days_)
      if (slot < open.slots.size()) open.slots[slot] = {};
  }
}

void HistoryWriter::take(const LoggedSamples& samples) {
  OpenDay& day = open(samples.at);
  day.touched = true;
  grow(day.slots, labels_.size());
  Moment moment;
  std::vector<std::uint32_t> repeated;
  for (std::size_t i = 0; i < samples.slots.size(); ++i) {
    const std::uint32_t slot = samples.slots[i];
    Known& known = day.slots[slot];
    if (known.id == Known::kNoId) known.id = day.writer.id_of(labels_[slot]) & Known::kNoId;
    const std::uint32_t id = known.id;
    if (known.value != 0 && samples.repeated[i]) {
      repeated.push_back(id);
    } else {
      moment.changed.emplace_back(id, samples.values[i]);
      known.value = 1;
    }
  }
  moment.repeated = ranges_of(std::move(repeated));
  day.writer.append(samples.at, std::move(moment), samples.slots.size());
}

bool HistoryWriter::commit(Day day) {
  if (attempt(day, [&] { days_.at(day).writer.commit(); })) return true;
  const auto open = days_.find(day);
  if (open != days_.end() && open->second.writer.pending_bytes() > options_.most_waiting_bytes) {
    status_.samples_lost += open->second.writer.drop_pending();
    forget_values(open->second);
  }
  return false;
}

void HistoryWriter::upkeep(Timestamp now) {
  const auto began = cpu_time();
  bool all = true;
  for (const Day day : open_days()) all &= seal_or_close(day, now);
  all &= seal_unfinished_day(now);
  status_.upkeep_cpu += cpu_time() - began;
  upkeep_fails_ = !all;
  if (commit_fails_ || !status_.writing) write({});
  if (now < next_count_) return;
  next_count_ = now + kBetweenCounts;
  const auto kept = std::chrono::ceil<std::chrono::days>(options_.retention);
  for (const Day day : open_days())
    if (day < day_of(now) - kept) days_.erase(day);
  remove_days_before(options_.folder, day_of(now) - kept);
  look_at_files();
}

bool HistoryWriter::seal_or_close(Day day, Timestamp now) {
  OpenDay& open = days_.at(day);
  if (std::exchange(open.touched, false)) open.quiet_since = now;
  const bool over = now >= day + std::chrono::days(1) + kLateSamples && now >= open.quiet_since + kLateSamples;
  const bool due = now >= open.sealed + kBetweenSealings || open.writer.journal_bytes() >= kMostJournalBytes;
  if (!over && !due) return true;
  // What is sealed is not in the journal any more, whether the rest succeeds or not.
  forget_values(open);
  const bool done = attempt(day, [&] { over ? open.writer.close() : open.writer.seal(); });
  if (!days_.contains(day)) return done;
  open.sealed = done ? now : open.sealed;
  if (over && done) days_.erase(day);
  return done;
}

/// One at each call: nothing hurries. What fails is tried again an hour later, after the others.
bool HistoryWriter::seal_unfinished_day(Timestamp now) {
  if (now < next_unfinished_) return true;
  const Day today = day_of(now);
  if (!std::exchange(looked_for_unfinished_, true)) unfinished_ = days_in(options_.folder);
  std::erase_if(unfinished_, [&](Day day) { return day >= today || days_.contains(day); });
  if (unfinished_.empty()) return true;
  const Day day = unfinished_.back();
  unfinished_.pop_back();
  const auto file = day_file(options_.folder, day);
  if (identity_of(file) == 0) return true;  // it was deleted meanwhile
  const bool done = attempt(day, [&] {
    if (has_journal(file)) DayWriter(file).close();
  });
  if (!done) {
    unfinished_.insert(unfinished_.begin(), day);
    next_unfinished_ = now + kBetweenSealings;
  }
  return done;
}

void HistoryWriter::look_at_files() {
  std::error_code error;
  status_.bytes = 0;
  status_.damaged_files = 0;
  for (fs::directory_iterator entry(options_.folder, error), end; !error && entry != end; entry.increment(error)) {
    std::error_code unknown;
    const auto size = entry->file_size(unknown);
    if (!unknown) status_.bytes += size;
    if (is_set_aside(entry->path())) ++status_.damaged_files;
  }
}

}  // namespace a2od
