#include "rules/series/label_names.hpp"

#include <boost/container_hash/hash.hpp>
#include <boost/unordered/unordered_flat_map.hpp>

#include <algorithm>
#include <mutex>

namespace a2od {
namespace {

using LabelPairs = std::span<const std::pair<std::string_view, std::string_view>>;

/// Whoever sends ever new names does not fill the memory with them.
constexpr std::size_t kMostKept = 4096;
constexpr std::size_t kLongestKept = 1024;

bool are_names_of(const LabelNames& names, LabelPairs labels) {
  if (labels.size() != names.count()) return false;
  for (std::size_t i = 0; i < labels.size(); ++i)
    if (labels[i].first != names[i]) return false;
  return true;
}

std::size_t hash_of_names(LabelPairs labels) {
  std::size_t hash = labels.size();
  for (const auto& [name, value] : labels) boost::hash_combine(hash, name);
  return hash;
}

struct Kept {
  std::mutex mutex;
  boost::unordered_flat_map<std::size_t, const LabelNames*> by_hash;
};

/// Never destroyed: label sets may live longer than any other static object.
Kept& kept_names() {
  static auto* const kept = new Kept;
  return *kept;
}

}  // namespace

bool is_classic_label_name(std::string_view name) {
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
  const auto plain = [&](char c) { return letter(c) || (c >= '0' && c <= '9'); };
  return !name.empty() && letter(name.front()) && std::ranges::all_of(name, plain);
}

LabelNames::LabelNames(std::vector<std::string> names)
    : names_(std::move(names)), classic_(std::ranges::all_of(names_, is_classic_label_name)) {
  for (const std::string& name : names_) text_size_ += name.size();
}

LabelNames::Ptr LabelNames::of(LabelPairs labels) {
  // One label set after the other mostly has the same names.
  thread_local const LabelNames* last = nullptr;
  if (last != nullptr && are_names_of(*last, labels)) return last;

  const std::size_t hash = hash_of_names(labels);
  Kept& kept = kept_names();
  const std::scoped_lock lock(kept.mutex);
  const auto known = kept.by_hash.find(hash);
  if (known != kept.by_hash.end() && are_names_of(*known->second, labels)) return last = known->second;

  std::vector<std::string> texts;
  for (const auto& [name, value] : labels) texts.emplace_back(name);
  auto* const names = new LabelNames(std::move(texts));
  if (known == kept.by_hash.end() && kept.by_hash.size() < kMostKept && names->text_size() <= kLongestKept) {
    names->kept_ = true;
    kept.by_hash.emplace(hash, names);
    last = names;
  }
  return names;
}

}  // namespace a2od
