#include "collectors/tables/query.hpp"

#include <gtest/gtest.h>

namespace a2od {
namespace {

TEST(Query, IsEncodedAsATarget) {
  EXPECT_EQ(options_of({}), "");
  EXPECT_EQ(options_of({.select = {"a", "_b_value"}, .filter = "c eq 'x y' and d gt 1", .top = 5}),
            "?$select=a%2C_b_value&$filter=c%20eq%20%27x%20y%27%20and%20d%20gt%201&$top=5");
  EXPECT_EQ(options_of({.order_by = "a desc", .apply = "groupby((a))", .count = true}),
            "?$apply=groupby%28%28a%29%29&$orderby=a%20desc&$count=true");
}

TEST(Query, TimesAreUtcInWholeSeconds) {
  EXPECT_EQ(odata_time(Timestamp(std::chrono::milliseconds(1'772'323'200'999))), "2026-03-01T00:00:00Z");
}

}  // namespace
}  // namespace a2od
