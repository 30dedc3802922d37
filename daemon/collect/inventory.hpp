// The environments of a tenant as last seen, found by their ids.
#pragma once

#include "collectors/sample.hpp"

#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace a2od {

/// Does not change; a new inventory is a new value.
class Inventory {
 public:
  Inventory() = default;
  explicit Inventory(std::vector<Environment> environments) : all_(std::move(environments)) {
    for (std::size_t i = 0; i < all_.size(); ++i) by_id_.emplace(all_[i].id, i);
  }
  Inventory(const Inventory&) = delete;
  Inventory& operator=(const Inventory&) = delete;

  [[nodiscard]] const std::vector<Environment>& all() const { return all_; }

  /// nullptr where there is none of this id.
  [[nodiscard]] const Environment* find(std::string_view id) const {
    const auto found = by_id_.find(id);
    return found == by_id_.end() ? nullptr : &all_[found->second];
  }

 private:
  std::vector<Environment> all_;
  std::unordered_map<std::string_view, std::size_t> by_id_;
};

}  // namespace a2od
