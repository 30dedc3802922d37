// info(): adds the labels of info metrics, such as target_info, to series of the same job and instance.
#pragma once

#include "rules/promql/ast.hpp"
#include "rules/promql/plan.hpp"
#include "rules/promql/selector.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace a2od::promql {

/// Which metrics info() takes labels from, by its second argument: null where it has none.
[[nodiscard]] std::vector<Matcher> info_names(const VectorSelector* labels);

class InfoNode final : public VectorNode {
 public:
  /// `labels`: the second argument, or null. `argument` is the first one, which `input` is compiled from.
  InfoNode(const Expr& argument, VectorPtr input, const VectorSelector* labels);
  void evaluate(Context& context, Timestamp at) override;
  void trace(std::uint32_t row, Context& context, Timestamp at, Provenance& out) override;

 private:
  using Target = std::pair<std::string_view, std::string_view>;  ///< job, instance
  /// The rows of info series by their target and then by metric: where several have the same, the newest.
  using InfoRows = std::map<Target, std::map<std::string_view, std::uint32_t>>;
  struct Origin {
    std::uint32_t input = 0;
    std::vector<std::uint32_t> infos;
  };

  void release_inputs() override {
    input_->release();
    infos_.release();
  }
  [[nodiscard]] Timestamp info_time(const Context& context, Timestamp at) const;
  [[nodiscard]] InfoRows present_infos();
  [[nodiscard]] bool is_info(const Labels& labels) const;
  [[nodiscard]] bool takes(std::string_view label) const;
  /// Those that the base does not have; throws where two info series contradict each other.
  [[nodiscard]] std::vector<Labels::Pair> added_labels(const Labels& base,
                                                       const std::vector<std::uint32_t>& infos) const;
  std::uint32_t row_of(Labels labels, std::uint32_t input, std::vector<std::uint32_t> infos);

  VectorPtr input_;
  std::vector<Shift> shifts_;  ///< of the first selector in the argument, outermost first: info is looked up then
  std::vector<Matcher> names_;
  std::vector<Matcher> data_;
  InstantSelector infos_;  ///< yields when the samples are from
  LabelIds ids_;
  std::vector<Origin> origins_;  ///< by row
};

}  // namespace a2od::promql
