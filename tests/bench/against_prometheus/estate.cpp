#include "tests/bench/against_prometheus/estate.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <iterator>

namespace a2od::bench {
namespace {

constexpr std::int64_t kLargest = 100'003;
constexpr std::int64_t kStride = 7919;
constexpr std::size_t kStorages = 3;  ///< of an environment
constexpr std::size_t kScrapesAMinute = 4;

std::vector<std::string> one_label(std::string_view name, const std::vector<std::string>& values) {
  std::vector<std::string> sets;
  for (const auto& value : values) sets.push_back(fmt::format("{}=\"{}\"", name, value));
  return sets;
}

std::vector<std::string> tables(int count) {
  std::vector<std::string> names;
  for (int i = 0; i < count; ++i) names.push_back(fmt::format("t{}", i));
  return names;
}

std::vector<std::string> jobs(const std::vector<std::string>& operations) {
  std::vector<std::string> sets;
  for (const auto& operation : operations)
    for (const char* state : {"ready", "suspended", "locked", "failed"})
      sets.push_back(fmt::format("operation_type=\"{}\",state=\"{}\"", operation, state));
  return sets;
}

}  // namespace

Estate::Estate(std::size_t environments, Churn churn) : environments_(environments), churn_(churn) {
  const std::vector<std::string> operations{"1", "10", "13", "14", "25", "35", "42", "54"};
  const auto storage = one_label("type", {"database", "file", "log"});
  add_family("d365_up", Motion::none, {""});
  add_family("d365_request_duration_seconds", Motion::gauge,
             one_label("operation", {"whoami", "odata", "admin", "batch"}));
  storage_used_ = slots_.size();
  add_family("d365_storage_used_bytes", Motion::gauge, storage);
  storage_capacity_ = slots_.size();
  add_family("d365_storage_capacity_bytes", Motion::gauge, storage);
  add_family("d365_jobs", Motion::gauge, jobs(operations));
  add_family("d365_jobs_failed_total", Motion::counter, one_label("operation_type", operations));
  add_family("d365_job_oldest_waiting_seconds", Motion::gauge, one_label("operation_type", operations));
  add_family("d365_mailbox_sync_failures", Motion::gauge,
             one_label("direction", {"incoming", "outgoing", "appointments"}));
  add_family("d365_sync_lag_seconds", Motion::gauge, one_label("table", tables(20)));
  add_family("d365_sync_errors_total", Motion::counter, one_label("table", tables(18)));
}

void Estate::add_family(std::string_view name, Motion motion, const std::vector<std::string>& label_sets) {
  std::string words(name);
  std::ranges::replace(words, '_', ' ');
  const std::string_view type = motion == Motion::counter ? "counter" : "gauge";
  families_.push_back({.head = fmt::format("# HELP {0} {2}.\n# TYPE {0} {1}\n", name, type, words),
                       .first = slots_.size(),
                       .each = label_sets.size(),
                       .name_at = name.size() + std::string_view("{environment=\"env-").size()});
  for (std::size_t environment = 0; environment < environments_; ++environment) {
    for (const auto& labels : label_sets) {
      Slot slot{.begin = text_.size(), .motion = motion};
      fmt::format_to(std::back_inserter(text_), "{}{{environment=\"env-{:05}\"{}{}}}", name, environment,
                     labels.empty() ? "" : ",", labels);
      slot.size = static_cast<std::uint32_t>(text_.size() - slot.begin);
      slot.value = motion == Motion::none ? 1 : static_cast<std::int64_t>(slots_.size()) * kStride % kLargest;
      slots_.push_back(slot);
    }
  }
}

void Estate::move() {
  ++tick_;
  constexpr std::int64_t kTenth = 10;
  for (auto i = static_cast<std::size_t>(tick_ % kTenth); i < slots_.size(); i += kTenth) {
    Slot& slot = slots_[i];
    if (slot.motion == Motion::counter) slot.value += static_cast<std::int64_t>(i % 5);
    if (slot.motion == Motion::gauge) slot.value = (slot.value * 31 + tick_) % kLargest;
  }
  const auto so_far = [&](std::size_t each_minute) {
    return static_cast<std::size_t>(tick_) * each_minute / kScrapesAMinute;
  };
  while (replaced_ < so_far(churn_.environments)) replace(replaced_ % environments_);
  // Each storage is over its capacity for a minute.
  while (alerting_begin_ + churn_.alerts < so_far(churn_.alerts))
    set_storage(alerting_begin_++, kLargest / 2, kLargest / 2);
  for (std::size_t pair = alerting_begin_; pair < so_far(churn_.alerts); ++pair) set_storage(pair, 1, 0);
}

/// Another environment takes the place of this one: its name is new, and its counters begin at 0.
void Estate::replace(std::size_t environment) {
  const std::string number = fmt::format("{:05}", environments_ + replaced_++);
  for (const Family& family : families_) {
    for (std::size_t i = 0; i < family.each; ++i) {
      Slot& slot = slots_[family.first + environment * family.each + i];
      std::ranges::copy(number, text_.begin() + static_cast<std::ptrdiff_t>(slot.begin + family.name_at));
      if (slot.motion == Motion::counter) slot.value = 0;
    }
  }
}

void Estate::set_storage(std::size_t pair, std::int64_t used, std::int64_t capacity) {
  const std::size_t at = pair % (environments_ * kStorages);
  slots_[storage_used_ + at].value = used;
  slots_[storage_capacity_ + at].value = capacity;
}

void Estate::render(std::string& out) const {
  constexpr std::size_t kMostDigits = 20;
  std::size_t longest = text_.size() + slots_.size() * (kMostDigits + 2);
  for (const Family& family : families_) longest += family.head.size();
  out.resize_and_overwrite(longest, [this](char* begin, std::size_t size) {
    char* const end = begin + size;
    char* to = begin;
    auto family = families_.begin();
    for (std::size_t i = 0; i < slots_.size(); ++i) {
      if (family != families_.end() && family->first == i) to = std::ranges::copy((family++)->head, to).out;
      to = std::ranges::copy(series(slots_[i]), to).out;
      *to++ = ' ';
      to = std::to_chars(to, end, slots_[i].value).ptr;
      *to++ = '\n';
    }
    return static_cast<std::size_t>(to - begin);
  });
}

}  // namespace a2od::bench
