#include "daemon/notify/silences.hpp"

#include "config/utf8.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <ranges>
#include <utility>

namespace a2od {
namespace {

using std::chrono::floor;
using std::chrono::seconds;

Result<void> check_matcher(const Matcher& matcher) {
  if (matcher.name().empty() || !is_valid_utf8(matcher.name()))
    return failure(fmt::format("invalid label matcher: invalid label name \"{}\"", valid_utf8(matcher.name())));
  if (!is_valid_utf8(matcher.value())) return failure("invalid label matcher: invalid label value");
  return {};
}

/// Whether the later one may replace the earlier one under the same id: what has been in force is not rewritten.
bool may_change(const Silence& from, const Silence& to, Timestamp now) {
  if (!std::ranges::is_permutation(from.matchers, to.matchers)) return false;
  switch (from.state(now)) {
    case Silence::State::active:
      return floor<seconds>(from.starts_at) == floor<seconds>(to.starts_at) && to.ends_at >= now;
    case Silence::State::pending:
      return to.starts_at >= now;
    case Silence::State::expired:
      return false;
  }
  return false;
}

/// One that has not begun never will have.
Silence expired(Silence silence, Timestamp now) {
  if (silence.state(now) == Silence::State::pending) silence.starts_at = now;
  silence.ends_at = now;
  silence.updated_at = now;
  return silence;
}

}  // namespace

Silence::State Silence::state(Timestamp now) const {
  if (now < starts_at) return State::pending;
  return now < ends_at ? State::active : State::expired;
}

std::string_view to_string(Silence::State state) {
  switch (state) {
    case Silence::State::active:
      return "active";
    case Silence::State::pending:
      return "pending";
    case Silence::State::expired:
      return "expired";
  }
  return "expired";
}

Result<void> check_silence(const Silence& silence) {
  if (silence.matchers.empty()) return failure("at least one matcher required");
  for (const auto& matcher : silence.matchers)
    if (auto checked = check_matcher(matcher); !checked) return checked;
  if (std::ranges::all_of(silence.matchers, [](const Matcher& m) { return m.matches(std::string_view()); }))
    return failure("at least one matcher must not match the empty string");
  if (silence.starts_at == Timestamp{}) return failure("invalid zero start timestamp");
  if (silence.ends_at == Timestamp{}) return failure("invalid zero end timestamp");
  if (silence.ends_at < silence.starts_at) return failure("end time must not be before start time");
  for (const std::string_view text : {silence.created_by, silence.comment})
    if (!is_valid_utf8(text)) return failure("author and comment must be UTF-8");
  return {};
}

void Silences::restore(std::vector<Silence> saved) {
  for (auto& silence : saved) put(std::move(silence));
  changed_.clear();
}

Result<std::string> Silences::set(Silence silence, std::string new_id, Timestamp now) {
  if (auto checked = check_silence(silence); !checked) return std::unexpected(checked.error());
  const auto* former = silence.id.empty() ? nullptr : find(silence.id);
  if (!silence.id.empty() && former == nullptr) return failure(std::string(kNoSuchSilence));
  silence.updated_at = now;
  if (former != nullptr && may_change(*former, silence, now)) {
    auto id = silence.id;
    put(std::move(silence));
    return id;
  }
  silence.starts_at = std::max(silence.starts_at, now);
  if (silence.ends_at < silence.starts_at) return failure("end time must not be before start time");
  if (all_.size() >= kMostSilences) return failure(fmt::format("there are {} silences already", kMostSilences));
  if (former != nullptr && former->state(now) != Silence::State::expired) put(expired(*former, now));
  silence.id = new_id;
  put(std::move(silence));
  return new_id;
}

Result<void> Silences::expire(std::string_view id, Timestamp now) {
  const auto* silence = find(id);
  if (silence == nullptr) return failure(std::string(kNoSuchSilence));
  if (silence->state(now) == Silence::State::expired)
    return failure(fmt::format("silence {} already expired", silence->id));
  put(expired(*silence, now));
  return {};
}

void Silences::forget_expired(Milliseconds retention, Timestamp now) {
  std::erase_if(all_, [&](const auto& item) {
    const auto& [id, silence] = item;
    if (silence.ends_at + retention > now) return false;
    index_.remove(id, silence.matchers);
    note_change(id);
    return true;
  });
}

std::vector<std::string> Silences::silencing(const Labels& labels, Timestamp now, Known& known) const {
  look_up(labels, known);
  std::vector<std::string> ids;
  for (const auto& id : known.matching)
    if (all_.find(id)->second.state(now) == Silence::State::active) ids.push_back(id);
  return ids;
}

/// All of them for what was not looked at for long, else those that have changed since.
void Silences::look_up(const Labels& labels, Known& known) const {
  const auto since = std::exchange(known.version, version_);
  if (since == version_) return;
  auto& matching = known.matching;
  if (since < forgotten_) {
    matching.clear();
    index_.visit_matching(labels, [&](const std::string& id) { matching.push_back(id); });
    std::ranges::sort(matching);
    return;
  }
  for (auto change = std::ranges::upper_bound(history_, since, {}, &Change::version); change != history_.end();
       ++change) {
    const auto place = std::ranges::lower_bound(matching, change->id);
    const bool listed = place != matching.end() && *place == change->id;
    const auto* silence = find(change->id);
    const bool matches = silence != nullptr && matches_all(silence->matchers, labels);
    if (listed && !matches) matching.erase(place);
    if (matches && !listed) matching.insert(place, change->id);
  }
}

void Silences::note_change(const std::string& id) {
  changed_.insert(id);
  history_.push_back({++version_, id});
  constexpr std::ptrdiff_t kFew = 512;
  if (std::ssize(history_) < 2 * kFew) return;
  forgotten_ = history_[kFew - 1].version;
  history_.erase(history_.begin(), history_.begin() + kFew);
}

const Silence* Silences::find(std::string_view id) const {
  const auto found = all_.find(id);
  return found == all_.end() ? nullptr : &found->second;
}

std::vector<Silence> Silences::all() const {
  const auto values = std::views::values(all_);
  return {values.begin(), values.end()};
}

SilenceChanges Silences::take_changes() {
  SilenceChanges changes;
  for (const auto& id : std::exchange(changed_, {})) {
    const auto* silence = find(id);
    silence == nullptr ? changes.removed.push_back(id) : changes.silences.push_back(*silence);
  }
  return changes;
}

void Silences::put(Silence silence) {
  const auto id = silence.id;
  if (const auto* former = find(id)) index_.remove(id, former->matchers);
  index_.add(id, silence.matchers);
  note_change(id);
  all_.insert_or_assign(id, std::move(silence));
}

}  // namespace a2od
