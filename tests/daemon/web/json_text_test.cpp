#include "daemon/web/json_text.hpp"

#include <boost/json/parse.hpp>
#include <gtest/gtest.h>

namespace a2od {
namespace {

TEST(JsonText, WritesTimesAsPrometheusClientsReadThem) {
  EXPECT_EQ(json_text({1795700494.069, "1"}), R"([1795700494.069,"1"])");
  EXPECT_EQ(json_text(15.0), "15");
  EXPECT_EQ(json_text(0.001), "0.001");
}

TEST(JsonText, IsTheSameJsonOtherwise) {
  const auto value = boost::json::parse(R"({"a":[],"b":{"c":null,"d":[true,false,-7]},"e\"\n":"\u0001é"})");
  EXPECT_EQ(boost::json::parse(json_text(value)), value);
}

}  // namespace
}  // namespace a2od
