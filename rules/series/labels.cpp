#include "rules/series/labels.hpp"

#include "config/quote.hpp"
#include "config/utf8.hpp"

#include <algorithm>
#include <cstring>
#include <new>

namespace a2od {

namespace {

constexpr std::uint64_t kHashSeed = 0xcbf29ce484222325;
constexpr std::uint64_t kHashPrime = 0x100000001b3;

std::uint64_t hash_text(std::uint64_t hash, std::string_view text) {
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * kHashPrime;
  return (hash ^ 0xff) * kHashPrime;  // a byte that is never part of UTF-8 text separates
}

char* write_end(char* to, std::uint32_t end, std::uint32_t width) {
  const auto narrow = static_cast<std::uint8_t>(end);
  const auto middle = static_cast<std::uint16_t>(end);
  const void* from = width == 1 ? &narrow : width == 2 ? static_cast<const void*>(&middle) : &end;
  std::memcpy(to, from, width);
  return to + width;
}

void append_label(std::string& out, const Labels::Pair& pair) {
  out += is_classic_label_name(pair.first) ? std::string(pair.first) : double_quoted(pair.first);
  out += '=';
  out += double_quoted(pair.second);
}

}  // namespace

bool is_classic_metric_name(std::string_view name) {
  std::string without_colons(name);
  std::ranges::replace(without_colons, ':', '_');
  return is_classic_label_name(without_colons);
}

Labels::Labels(std::initializer_list<Pair> pairs) : Labels(from(pairs)) {}

void intrusive_ptr_release(const Labels::Data* data) noexcept {
  if (data->uses.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
  data->~Data();
  ::operator delete(const_cast<Labels::Data*>(data));
}

Labels Labels::from(std::vector<Pair> pairs) {
  std::erase_if(pairs, [](const Pair& pair) { return pair.second.empty(); });
  if (pairs.empty()) return {};
  std::ranges::sort(pairs, {}, &Pair::first);

  std::size_t text_size = 0;
  for (const auto& [name, value] : pairs) text_size += value.size();
  const std::uint32_t width = text_size <= 0xff ? 1 : text_size <= 0xffff ? 2 : 4;
  const std::size_t ends_size = pairs.size() * width;
  auto names = LabelNames::of(pairs);
  auto* const data = new (::operator new(sizeof(Data) + ends_size + text_size)) Data{.names = std::move(names)};
  data->width = width;
  data->hash = kHashSeed;
  char* end = reinterpret_cast<char*>(data + 1);
  char* const text = end + ends_size;
  char* written = text;
  for (const auto& [name, value] : pairs) {
    written = std::ranges::copy(value, written).out;
    end = write_end(end, static_cast<std::uint32_t>(written - text), width);
    data->hash = hash_text(hash_text(data->hash, name), value);
  }
  return Labels(boost::intrusive_ptr<const Data>(data));
}

std::string_view Labels::get(std::string_view name) const {
  const auto all = pairs();
  const auto found = std::ranges::lower_bound(all, name, {}, &Pair::first);
  return found != all.end() && (*found).first == name ? (*found).second : std::string_view{};
}

std::uint64_t Labels::hash() const { return data_ ? data_->hash : kHashSeed; }

Labels Labels::with(std::string_view name, std::string_view value) const {
  std::vector<Pair> changed;
  changed.reserve(size() + 1);
  for (const Pair& pair : pairs()) {
    if (pair.first != name) changed.push_back(pair);
  }
  changed.emplace_back(name, value);
  return from(std::move(changed));
}

Labels Labels::without(std::span<const std::string_view> names) const {
  std::vector<Pair> kept;
  for (const Pair& pair : pairs()) {
    if (std::ranges::find(names, pair.first) == names.end()) kept.push_back(pair);
  }
  return kept.size() == size() ? *this : from(std::move(kept));
}

Labels Labels::only(std::span<const std::string_view> names) const {
  std::vector<Pair> kept;
  for (const Pair& pair : pairs()) {
    if (std::ranges::find(names, pair.first) != names.end()) kept.push_back(pair);
  }
  return kept.size() == size() ? *this : from(std::move(kept));
}

std::string Labels::to_string() const {
  const auto name = get(kMetricName);
  const bool name_in_front = is_classic_metric_name(name);
  std::string out(name_in_front ? name : std::string_view{});
  std::string inside;
  if (!name.empty() && !name_in_front) inside = double_quoted(name);
  for (const Pair& pair : pairs()) {
    if (pair.first == kMetricName) continue;
    if (!inside.empty()) inside += ", ";
    append_label(inside, pair);
  }
  if (inside.empty() && name_in_front) return out;
  return out + '{' + inside + '}';
}

bool Labels::operator==(const Labels& other) const {
  if (data_ == other.data_) return true;
  return data_ && other.data_ && data_->hash == other.data_->hash && *data_->names == *other.data_->names &&
         data_->bytes() == other.data_->bytes();
}

std::strong_ordering Labels::operator<=>(const Labels& other) const {
  const auto ours = pairs();
  const auto theirs = other.pairs();
  return std::lexicographical_compare_three_way(ours.begin(), ours.end(), theirs.begin(), theirs.end());
}

}  // namespace a2od
