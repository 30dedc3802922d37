#include "collectors/tables/event_log.hpp"

#include "collectors/cloud/json.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <chrono>

namespace a2od {

namespace json = boost::json;

namespace {

using namespace std::chrono_literals;

constexpr Milliseconds kOverlap = 10min;
constexpr std::size_t kMostKinds = 200;
constexpr std::size_t kMostSeen = 20'000;

/// FNV-1a: the same in every process, as what is remembered must be.
std::uint64_t hash_of(std::string_view id) {
  std::uint64_t hash = 14695981039346656037U;
  for (const char c : id) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211U;
  return hash;
}

Timestamp time_of(double milliseconds) { return Timestamp(Milliseconds(static_cast<std::int64_t>(milliseconds))); }
std::int64_t milliseconds(Timestamp time) { return time.time_since_epoch().count(); }

}  // namespace

EventLog::EventLog(const json::value* memory, Timestamp now) : since_(now) {
  if (memory == nullptr) return;
  const auto since = cloud::get_number(*memory, "since");
  if (!since || *since < 0 || *since > static_cast<double>(milliseconds(now))) return;
  since_ = time_of(*since);
  if (const auto* counts = cloud::get_object(*memory, "counts"))
    for (const auto& [kind, count] : *counts)
      if (count.is_number() && counts_.size() < kMostKinds) counts_.emplace(kind, count.to_number<double>());
  for (const auto& [kind, count] : counts_) known_kinds_.insert(kind);
  if (const auto* seen = cloud::get_object(*memory, "seen")) {
    for (const auto& [id, at] : *seen) {
      std::uint64_t hash = 0;
      const auto read = std::from_chars(id.data(), id.data() + id.size(), hash, 16);
      if (read.ec == std::errc() && at.is_int64()) seen_.emplace(hash, Timestamp(Milliseconds(at.get_int64())));
    }
  }
}

bool EventLog::take(std::string_view id, Timestamp at, std::string_view kind, double amount) {
  latest_ = std::max(at, latest_.value_or(at));
  if (!seen_.emplace(hash_of(id), at).second) return false;
  const bool full = counts_.size() >= kMostKinds && !counts_.contains(kind);
  counts_[std::string(full ? "other" : kind)] += amount;
  return true;
}

bool EventLog::has_taken(std::string_view id) const { return seen_.contains(hash_of(id)); }

void EventLog::close(Timestamp asked, Brought brought) {
  if (brought == Brought::all) {
    since_ = std::max(since_, asked - kOverlap);
  } else if (latest_) {
    // A second in which more ended than a page holds would be asked for again and again.
    since_ = *latest_ > since_ ? *latest_ : since_ + 1s;
  }
  std::erase_if(seen_, [&](const auto& event) { return event.second < since_; });
  if (seen_.size() > kMostSeen) {
    since_ = std::max(since_, latest_.value_or(since_));
    std::erase_if(seen_, [&](const auto& event) { return event.second < since_; });
  }
  latest_.reset();
}

std::map<std::string, double, std::less<>> EventLog::shown_counts() const {
  auto shown = counts_;
  for (auto& [kind, count] : shown)
    if (!known_kinds_.contains(kind)) count = 0;
  return shown;
}

double EventLog::count(std::string_view kind) const {
  const auto found = counts_.find(kind);
  return found == counts_.end() ? 0 : found->second;
}

json::value EventLog::memory() const {
  json::object counts;
  for (const auto& [kind, count] : counts_) counts[kind] = count;
  json::object seen;
  for (const auto& [hash, at] : seen_) seen[fmt::format("{:x}", hash)] = milliseconds(at);
  return {{"since", milliseconds(since_)}, {"counts", std::move(counts)}, {"seen", std::move(seen)}};
}

}  // namespace a2od
