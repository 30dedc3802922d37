// Links to the lake: bits of state, lag, and counts that the sides make at different times.
#include "collectors/links/links.hpp"

#include "tests/collectors/simulated_run.hpp"

#include <boost/json/parse.hpp>

namespace a2od::links {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::string_view kEstate = R"(
environments:
  - name: Main
    domain: main
    tables:
      synapselinkprofiles:
        - { name: Lake, profilestate: 1 }
        - { name: Fabric, profilestate: 6 }
      synapselinkprofileentitystates:
        - { entityname: account, entitysource: 0, syncstate: 4, crmrecordcount: 100, crmrecordcountmodifiedtime: -1h,
            lakerecordcount: 90, lakerecordcountmodifiedtime: -2h, lastsynceddatatime: -10m }
        - { entityname: contact, entitysource: 0, syncstate: 12, crmrecordcount: 50, crmrecordcountmodifiedtime: -3h,
            lastsynceddatatime: -6h }
        - { entityname: CustTable, entitysource: 1, syncstate: 32, lastsynceddatatime: -30d }
      synapselinkexternaltablestates:
        - { entityname: account, tablestate: 1, lastsyncstate: 1, lakehouseshortcutstate: 2 }
)";

class Links : public SimulatedRun {
 protected:
  Links() : SimulatedRun("links", kEstate) {}
};

TEST_F(Links, ProfilesAndTablesAreCountedByState) {
  const auto result = collect();
  expect_all_ok(result);
  EXPECT_THAT(texts(result, "d365_link_profiles"),
              ElementsAre(R"(d365_link_profiles{environment="e1",state="active"} 1)",
                          R"(d365_link_profiles{environment="e1",state="error"} 0)",
                          R"(d365_link_profiles{environment="e1",state="suspended"} 1)"));
  EXPECT_THAT(texts(result, "d365_link_tables"),
              ElementsAre(R"(d365_link_tables{environment="e1",source="dataverse",state="completed"} 1)",
                          R"(d365_link_tables{environment="e1",source="dataverse",state="failed"} 1)",
                          R"(d365_link_tables{environment="e1",source="finance_operations",state="paused"} 1)"));
  EXPECT_THAT(details(result, kProfiles), ElementsAre("Fabric: suspended"));
  EXPECT_THAT(details(result, kTables), ElementsAre("contact: synchronisation failed"));
}

TEST_F(Links, TheFurthestBehindIsDatedAndPausedTablesAreNot) {
  EXPECT_THAT(
      texts(collect(), "d365_link_oldest_sync_timestamp_seconds"),
      ElementsAre(R"(d365_link_oldest_sync_timestamp_seconds{environment="e1",source="dataverse"} 1772301600)"));
}

TEST_F(Links, CountsComeWithTheirAge) {
  const auto result = collect();
  EXPECT_THAT(texts(result, "d365_link_rows"), ElementsAre(R"(d365_link_rows{environment="e1",side="dataverse"} 150)",
                                                           R"(d365_link_rows{environment="e1",side="lake"} 90)"));
  EXPECT_THAT(texts(result, "d365_link_rows_counted_timestamp_seconds"),
              ElementsAre(R"(d365_link_rows_counted_timestamp_seconds{environment="e1",side="dataverse"} 1772312400)",
                          R"(d365_link_rows_counted_timestamp_seconds{environment="e1",side="lake"} 1772316000)"));
}

TEST_F(Links, ExternalTablesAreCountedByStep) {
  const auto result = collect();
  EXPECT_THAT(texts(result, "d365_link_external_tables"),
              ElementsAre(R"(d365_link_external_tables{environment="e1",step="shortcut",state="failed"} 1)",
                          R"(d365_link_external_tables{environment="e1",step="sync",state="created"} 1)",
                          R"(d365_link_external_tables{environment="e1",step="table",state="created"} 1)"));
  EXPECT_THAT(details(result, kExternalTables), ElementsAre("account: shortcut failed"));
}

TEST_F(Links, AnEnvironmentWithoutTheSolutionHasNothingToTell) {
  change([](auto& main) {
    main.absent_tables = {"synapselinkprofile", "synapselinkprofileentitystate", "synapselinkexternaltablestate"};
  });
  for (const auto& part : collect().parts) EXPECT_EQ(part.outcome, Outcome::absent) << part.name;
}

TEST(LinkState, IsTheBitThatSaysMost) {
  EXPECT_EQ(state_of_bits(0), "not_started");
  EXPECT_EQ(state_of_bits(4), "completed");
  EXPECT_EQ(state_of_bits(4 | 8), "failed");
  EXPECT_EQ(state_of_bits(2 | 4 | 32), "paused");
  EXPECT_EQ(state_of_bits(4 | 64), "in_progress");
  EXPECT_EQ(state_of_bits(-1), "not_started");
  EXPECT_EQ(state_of_bits(1e300), "not_started");
}

TEST(LinksDecode, RefusesOddRows) {
  const auto row = boost::json::parse(R"({"syncstate": "x"})");
  EXPECT_FALSE(decode_tables("e1", std::span(&row, 1)));
  EXPECT_FALSE(decode_external_tables("e1", std::span(&row, 0)).value().samples.size() > 0);
}

}  // namespace
}  // namespace a2od::links
