// Every action of Prometheus' relabelling, by the cases of its own tests and of its documentation.
#include "collectors/scrape/relabel.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <optional>

namespace a2od {
namespace {

using enum RelabelConfig::Action;

/// What becomes of a="foo", b="bar", c="baz"; nothing: dropped.
std::optional<ExposedLabels> relabeled(std::vector<RelabelConfig> steps,
                                       ExposedLabels labels = {{"a", "foo"}, {"b", "bar"}, {"c", "baz"}}) {
  const auto relabeling = Relabeling::make(steps);
  if (!relabeling) ADD_FAILURE() << relabeling.error().message;
  if (!relabeling->apply(labels)) return std::nullopt;
  std::ranges::sort(labels);
  return labels;
}

using Some = ExposedLabels;

TEST(Relabel, ReplaceWritesWhatTheGroupsMatched) {
  EXPECT_EQ(
      relabeled({{.source_labels = {"a"}, .regex = "f(.*)", .target_label = "d", .replacement = "ch${1}-ch${1}"}}),
      (Some{{"a", "foo"}, {"b", "bar"}, {"c", "baz"}, {"d", "choo-choo"}}));
  EXPECT_EQ(
      relabeled(
          {{.source_labels = {"a", "b"}, .regex = "f(.*);(.*)r", .target_label = "a", .replacement = "b${1}${2}m"},
           {.source_labels = {"c", "a"}, .regex = "(b).*b(.*)ba(.*)", .target_label = "d", .replacement = "$1$2$2$3"}}),
      (Some{{"a", "boobam"}, {"b", "bar"}, {"c", "baz"}, {"d", "boooom"}}));
}

TEST(Relabel, ReplaceLeavesWhatDoesNotMatchAsAWhole) {
  EXPECT_EQ(relabeled({{.source_labels = {"a"}, .regex = "oo", .target_label = "d", .replacement = "x"}}),
            (Some{{"a", "foo"}, {"b", "bar"}, {"c", "baz"}}));
}

TEST(Relabel, AnEmptyReplacementRemovesTheLabel) {
  EXPECT_EQ(relabeled({{.source_labels = {"a"}, .target_label = "a", .replacement = ""}}),
            (Some{{"b", "bar"}, {"c", "baz"}}));
}

TEST(Relabel, TheTargetLabelIsATemplateToo) {
  EXPECT_EQ(
      relabeled(
          {{.source_labels = {"a"}, .regex = "some-([^-]+)-([^,]+)", .target_label = "${1}", .replacement = "${2}"}},
          {{"a", "some-name-value"}}),
      (Some{{"a", "some-name-value"}, {"name", "value"}}));
  EXPECT_EQ(relabeled({{.source_labels = {"a"}, .regex = "(x)?foo", .target_label = "${1}", .replacement = "v"}}),
            (Some{{"a", "foo"}, {"b", "bar"}, {"c", "baz"}}));
}

TEST(Relabel, KeepAndDropMatchTheJoinedValues) {
  EXPECT_TRUE(relabeled({{.action = keep, .source_labels = {"a", "b"}, .regex = "foo;bar"}}));
  EXPECT_FALSE(relabeled({{.action = keep, .source_labels = {"a"}, .regex = "no-match"}}));
  EXPECT_FALSE(relabeled({{.action = drop, .source_labels = {"a"}, .regex = ".*o.*"}}));
  EXPECT_TRUE(relabeled({{.action = drop, .source_labels = {"missing"}, .regex = ".+"}}));
  EXPECT_FALSE(relabeled({{.action = drop, .source_labels = {"a", "b"}, .separator = "", .regex = "foobar"}}));
}

TEST(Relabel, KeepEqualAndDropEqualCompareLabels) {
  const ExposedLabels labels{{"port", "80"}, {"wanted", "80"}};
  EXPECT_TRUE(relabeled({{.action = keep_equal, .source_labels = {"wanted"}, .target_label = "port"}}, labels));
  EXPECT_FALSE(relabeled({{.action = drop_equal, .source_labels = {"wanted"}, .target_label = "port"}}, labels));
  EXPECT_FALSE(relabeled({{.action = keep_equal, .source_labels = {"other"}, .target_label = "port"}}, labels));
}

TEST(Relabel, HashModIsPrometheusOwn) {
  EXPECT_EQ(relabeled({{.action = hash_mod, .source_labels = {"c"}, .modulus = 1000, .target_label = "d"}}),
            (Some{{"a", "foo"}, {"b", "bar"}, {"c", "baz"}, {"d", "976"}}));
  EXPECT_EQ(relabeled({{.action = hash_mod, .source_labels = {"a"}, .modulus = 1000, .target_label = "d"}},
                      {{"a", "foo\nbar"}}),
            (Some{{"a", "foo\nbar"}, {"d", "734"}}));
}

TEST(Relabel, LabelsAreMappedDroppedAndKeptByName) {
  const ExposedLabels labels{{"b1", "1"}, {"b2", "2"}, {"c", "3"}};
  EXPECT_EQ(relabeled({{.action = label_map, .regex = "b(\\d)", .replacement = "bar_$1"}}, labels),
            (Some{{"b1", "1"}, {"b2", "2"}, {"bar_1", "1"}, {"bar_2", "2"}, {"c", "3"}}));
  EXPECT_EQ(relabeled({{.action = label_map, .regex = "b\\d", .replacement = "b"}}, {{"b2", "2"}, {"b1", "1"}}),
            (Some{{"b", "2"}, {"b1", "1"}, {"b2", "2"}}))
      << "in the order of their names";
  EXPECT_EQ(relabeled({{.action = label_drop, .regex = "b.*"}}, labels), (Some{{"c", "3"}}));
  EXPECT_EQ(relabeled({{.action = label_keep, .regex = "b.*"}}, labels), (Some{{"b1", "1"}, {"b2", "2"}}));
}

TEST(Relabel, TheCaseOfLettersIsChanged) {
  EXPECT_EQ(relabeled({{.action = lower_case, .source_labels = {"x"}, .target_label = "low"},
                       {.action = upper_case, .source_labels = {"x"}, .target_label = "up"}},
                      {{"x", "bAr123Foo"}}),
            (Some{{"low", "bar123foo"}, {"up", "BAR123FOO"}, {"x", "bAr123Foo"}}));
}

TEST(Relabel, ARegexThatIsNoneIsRefused) {
  const auto relabeling = Relabeling::make({{.regex = "("}});
  ASSERT_FALSE(relabeling);
  EXPECT_THAT(relabeling.error().message, testing::HasSubstr("missing )"));
}

}  // namespace
}  // namespace a2od
