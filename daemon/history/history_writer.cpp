#include "daemon/history/history_writer.hpp"

#include "daemon/history/columns.hpp"

#include <SQLiteCpp/Database.h>
#include <spdlog/spdlog.h>

#include <algorithm>
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

HistoryWriter::HistoryWriter(HistoryOptions options) : options_(std::move(options)) {
  std::error_code error;
  if (fs::create_directories(options_.folder, error))
    fs::permissions(options_.folder, fs::perms::owner_all, error);
}

template <class Work>
bool HistoryWriter::attempt(Day day, Work&& work) {
  try {
    work();
    return true;
  } catch (const DamagedDayFile& damaged) {
    set_aside_damaged(day, damaged.what());
  } catch (const std::exception& error) {
    ++status_.failures;
    if (status_.writing)
      spdlog::error("the history cannot be written, and goes on in memory: {}", error.what());
    status_.writing = false;
    status_.last_error = error.what();
  }
  return false;
}

void HistoryWriter::set_aside_damaged(Day day, const std::string& why) {
  const auto open = days_.find(day);
  if (open != days_.end()) {
    status_.samples_lost += open->second.writer.drop_pending();
    days_.erase(open);
  }
  const auto file = day_file(options_.folder, day);
  if (!fs::exists(file)) return;  // another reader was quicker
  ++status_.damaged_files;
  status_.last_error = why;
  spdlog::error("{}; it was set aside as '{}', and the history goes on without it", why, set_aside(file).string());
}

void HistoryWriter::write(std::vector<LoggedSamples> samples) {
  for (auto& some : samples) {
    status_.samples += some.slots.size();
    waiting_bytes_ += bytes_of(some);
    waiting_.push_back(std::move(some));
  }
  bool all = write_waiting();
  std::vector<Day> days;
  for (const auto& [day, open] : days_) days.push_back(day);
  for (const Day day : days) all &= commit(day);
  if (!all) return;
  if (!std::exchange(status_.writing, true)) spdlog::info("the history is written again");
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
  grow(day.slots, labels_.size());
  Moment moment;
  for (std::size_t i = 0; i < samples.slots.size(); ++i) {
    const std::uint32_t slot = samples.slots[i];
    Known& known = day.slots[slot];
    if (known.id == Known::kNoId) known.id = day.writer.id_of(labels_[slot]) & Known::kNoId;
    const std::uint32_t id = known.id;
    if (known.value != 0 && samples.repeated[i]) {
      moment.repeated.push_back(id);
    } else {
      moment.changed.emplace_back(id, samples.values[i]);
      known.value = 1;
    }
  }
  day.writer.append(samples.at, std::move(moment));
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
  if (!status_.writing || !waiting_.empty()) write({});
  std::vector<Day> days;
  for (const auto& [day, open] : days_) days.push_back(day);
  for (const Day day : days) seal_or_close(day, now);
  seal_unfinished_day(day_of(now));
  if (now < next_count_) return;
  next_count_ = now + kBetweenCounts;
  delete_expired(day_of(now));
  look_at_files();
}

void HistoryWriter::seal_or_close(Day day, Timestamp now) {
  OpenDay& open = days_.at(day);
  const bool over = now >= day + std::chrono::days(1) + kLateSamples;
  if (over) {
    if (attempt(day, [&] { open.writer.close(); })) days_.erase(day);
    return;
  }
  if (now < open.sealed + kBetweenSealings && open.writer.journal_bytes() < kMostJournalBytes) return;
  const auto sealed = [&] {
    open.writer.seal();
    open.sealed = now;
    forget_values(open);
  };
  attempt(day, sealed);
}

/// One at each call: nothing hurries.
void HistoryWriter::seal_unfinished_day(Day today) {
  if (!std::exchange(looked_for_unfinished_, true)) unfinished_ = days_in(options_.folder);
  std::erase_if(unfinished_, [&](Day day) { return day >= today || days_.contains(day); });
  if (unfinished_.empty()) return;
  const Day day = unfinished_.back();
  unfinished_.pop_back();
  const auto file = day_file(options_.folder, day);
  attempt(day, [&] {
    if (has_journal(file)) DayWriter(file).close();
  });
}

void HistoryWriter::delete_expired(Day today) {
  for (const Day day : days_in(options_.folder)) {
    if (Timestamp(day + std::chrono::days(1)) + options_.retention > Timestamp(today)) break;
    days_.erase(day);
    remove_day(options_.folder, day);
  }
}

void HistoryWriter::look_at_files() {
  std::error_code ignored;
  status_.bytes = 0;
  status_.damaged_files = 0;
  for (const auto& entry : fs::directory_iterator(options_.folder, ignored)) {
    const auto size = entry.file_size(ignored);
    if (!ignored) status_.bytes += size;
    if (is_set_aside(entry.path())) ++status_.damaged_files;
  }
}

}  // namespace a2od
