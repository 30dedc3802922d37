// What all engines are measured on: an estate of environments with 100 series each, whose values move from scrape to
// scrape. The same numbers of environments and scrapes always give the same text.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace a2od::bench {

/// What changes each minute, beside values, when there is a scrape each 15 s.
struct Churn {
  std::size_t environments = 0;  ///< that others replace, with new names
  std::size_t alerts = 0;        ///< that begin; as many end
};

class Estate {
 public:
  explicit Estate(std::size_t environments, Churn churn = {});

  /// On to the next scrape: a tenth of all values moves.
  void move();
  /// What an exporter answers, in Prometheus' text format.
  void render(std::string& out) const;

  [[nodiscard]] std::size_t size() const { return slots_.size(); }

  /// Calls visit(text, value) for each series, written as in the text.
  template <class Visit>
  void visit(Visit&& visit) const {
    for (const Slot& slot : slots_) visit(series(slot), static_cast<double>(slot.value));
  }

 private:
  enum class Motion : std::uint8_t { none, gauge, counter };
  struct Slot {
    std::uint64_t begin = 0;  ///< of the series in `text_`
    std::int64_t value = 0;
    std::uint32_t size = 0;
    Motion motion = Motion::none;
  };
  struct Family {
    std::string head;         ///< HELP and TYPE
    std::size_t first = 0;    ///< slot
    std::size_t each = 0;     ///< slots of an environment
    std::size_t name_at = 0;  ///< where the environment's number stands in a series
  };

  void add_family(std::string_view name, Motion motion, const std::vector<std::string>& label_sets);
  void replace(std::size_t environment);
  void set_storage(std::size_t pair, std::int64_t used, std::int64_t capacity);
  [[nodiscard]] std::string_view series(const Slot& slot) const {
    return std::string_view(text_).substr(slot.begin, slot.size);
  }

  std::size_t environments_;
  Churn churn_;
  std::int64_t tick_ = 0;
  std::size_t replaced_ = 0;
  std::size_t alerting_begin_ = 0;  ///< the first storage that is over its capacity
  std::size_t storage_used_ = 0;    ///< the first slot of the family
  std::size_t storage_capacity_ = 0;
  std::string text_;
  std::vector<Family> families_;
  std::vector<Slot> slots_;
};

}  // namespace a2od::bench
