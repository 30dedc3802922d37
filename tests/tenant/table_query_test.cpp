// Tables: what queries over their rows answer, and what they refuse as Dataverse does.
#include "tests/tenant/tenant_in_memory.hpp"

#include <boost/json/array.hpp>
#include <gmock/gmock.h>

namespace a2od::tenant {
namespace {

constexpr const char* kMain = "main.crm4.dynamics.com";
const std::string kApi = "/api/data/v9.2/";
constexpr std::string_view kEstate = R"(
environments:
  - name: Main
    domain: main
    finance_operations: true
    absent_tables: [flowrun]
    absent_columns: [mailbox.acsoutgoingemailstatus]
    denied_tables: [importjob]
    tables:
      asyncoperations:
        - { operationtype: 10, statecode: 0, statuscode: 0, createdon: -3h, count: 3 }
        - { operationtype: 1, statecode: 2, statuscode: 20, createdon: -1h, startedon: -50m }
        - { operationtype: 1, statecode: 3, statuscode: 31, completedon: 0, every: 10m }
      mailboxes:
        - { name: sales, statecode: 0 }
      BatchJobs:
        - { Status: Error, JobDescription: posting }
        - { Status: Waiting, StartDateTime: -2h }
)";

class TableQuery : public testing::Test {
 protected:
  boost::json::value get(const std::string& target, Headers headers = {}) {
    for (auto& header : tenant_.signed_in(kMain)) headers.push_back(std::move(header));
    auto answered = tenant_.send("GET", kMain, kApi + target, std::move(headers));
    status_ = answered.status;
    error_code_ = answered.status < 300 ? "" : answered.error_code();
    return answered.body;
  }
  std::size_t rows(const std::string& target) {
    const auto body = get(target);
    return status_ == 200 ? body.at("value").as_array().size() : 0;
  }

  TenantInMemory tenant_{kEstate};
  unsigned status_ = 0;
  std::string error_code_;
};

TEST_F(TableQuery, FiltersByEveryKindOfComparison) {
  EXPECT_EQ(rows("asyncoperations?$filter=statecode%20lt%203"), 4U);
  EXPECT_EQ(rows("asyncoperations?$filter=statecode%20eq%200%20or%20statuscode%20eq%2020"), 4U);
  EXPECT_EQ(rows("asyncoperations?$filter=statuscode%20eq%200%20and%20(postponeuntil%20eq%20null%20or%20"
                 "postponeuntil%20lt%202020-01-01T00:00:00Z)"),
            3U);
  EXPECT_EQ(rows("asyncoperations?$filter=startedon%20ne%20null"), 1U);
  EXPECT_EQ(rows("asyncoperations?$filter=createdon%20gt%202199-01-01T00:00:00Z"), 0U);
}

TEST_F(TableQuery, AStreamGoesOnWithTime) {
  EXPECT_EQ(rows("asyncoperations?$filter=statuscode%20eq%2031"), 1U);
  tenant_.now += std::chrono::minutes(35);
  EXPECT_EQ(rows("asyncoperations?$filter=statuscode%20eq%2031"), 4U);
}

TEST_F(TableQuery, GroupsAndAggregates) {
  const auto body = get(
      "asyncoperations?$apply=filter(statecode%20lt%203)/groupby((operationtype,statuscode),aggregate($count%20as%20"
      "n,createdon%20with%20min%20as%20oldest))");
  const auto& groups = body.at("value").as_array();
  ASSERT_EQ(groups.size(), 2U);
  EXPECT_EQ(groups.at(1).at("n"), 3);
  EXPECT_EQ(groups.at(1).at("operationtype"), 10);
  EXPECT_TRUE(groups.at(1).at("oldest").is_string());
}

TEST_F(TableQuery, PagesByTheSizeAskedForAndIgnoresTopThen) {
  const auto body = get("asyncoperations?$select=name&$top=1", {{"Prefer", "odata.maxpagesize=2"}});
  EXPECT_EQ(body.at("value").as_array().size(), 2U);
  const std::string next(body.at("@odata.nextLink").as_string());
  const auto second = get(next.substr(next.find(kApi) + kApi.size()), {{"Prefer", "odata.maxpagesize=4"}});
  EXPECT_EQ(second.at("value").as_array().size(), 3U);
  EXPECT_FALSE(second.as_object().contains("@odata.nextLink"));
}

TEST_F(TableQuery, RefusesWhatDataverseRefuses) {
  struct Row {
    std::string target;
    unsigned status;
    std::string code;
  };
  const Row refusals[] = {
      {"asyncoperations?$select=nosuch", 400, "0x80060888"},
      {"asyncoperations?$filter=nosuch%20eq%201", 400, "0x80060888"},
      {"asyncoperations?$filter=contains(name,'x')", 400, "0x80060888"},
      {"asyncoperations?$orderby=nosuch", 400, "0x80060888"},
      {"asyncoperations?$skip=1", 400, "0x80060888"},
      {"asyncoperations?$apply=groupby((createdon),aggregate($count%20as%20n))", 400, "0x80060888"},
      {"asyncoperations?$apply=groupby((statuscode),aggregate(name%20with%20median%20as%20n))", 400, "0x80060888"},
      {"mailboxes?$select=acsoutgoingemailstatus", 400, "0x80060888"},
      {"importjobs?$select=name", 403, "0x80040220"},
      {"flowruns?$select=name", 404, "0x8006088a"},
      {"EntityDefinitions(LogicalName='flowrun')", 404, "0x80060888"},
  };
  for (const auto& row : refusals) {
    get(row.target);
    EXPECT_EQ(status_, row.status) << row.target;
    EXPECT_EQ(error_code_, row.code) << row.target;
  }
}

TEST_F(TableQuery, RefusesToAggregateOverItsLimit) {
  tenant_.tenant.world().put([&] {
    auto environment = *tenant_.tenant.world().by_name("Main");
    environment.tables["asyncoperations"].front().count = 11;
    environment.aggregate_limit = 10;
    return environment;
  }());
  get("asyncoperations?$apply=groupby((statuscode),aggregate($count%20as%20n))");
  EXPECT_EQ(error_code_, "0x8004e023");
}

TEST_F(TableQuery, MetadataNamesColumnsThePrivilegeAndItsVersion) {
  const auto definition = get("EntityDefinitions(LogicalName='mailbox')?$select=LogicalName,EntitySetName,Privileges");
  EXPECT_EQ(definition.at("EntitySetName"), "mailboxes");
  EXPECT_EQ(definition.at("Privileges").as_array().at(0).at("Name"), "prvReadMailbox");
  const auto attributes = get("EntityDefinitions(LogicalName='mailbox')/Attributes?$select=LogicalName");
  const auto has = [&](std::string_view name) {
    return std::ranges::any_of(attributes.at("value").as_array(),
                               [&](const auto& attribute) { return attribute.at("LogicalName").as_string() == name; });
  };
  EXPECT_TRUE(has("actstatus"));
  EXPECT_FALSE(has("acsoutgoingemailstatus"));
  EXPECT_TRUE(has("emailserverprofile"));
  const auto rows = get("mailboxes?$select=name",
                        {{"Prefer", "odata.include-annotations=\"Microsoft.Dynamics.CRM.globalmetadataversion\""}});
  EXPECT_TRUE(rows.at("@Microsoft.Dynamics.CRM.globalmetadataversion").is_string());
}

TEST(FinanceOperationsTables, AreFilteredByTheNamesOfEnumerations) {
  TenantInMemory tenant(kEstate);
  const auto answered = tenant.get("main.operations.dynamics.com",
                                   "/data/BatchJobs?cross-company=true&$select=JobDescription&$filter=Status%20eq%20"
                                   "Microsoft.Dynamics.DataEntities.BatchStatus'Error'");
  ASSERT_EQ(answered.status, 200U);
  EXPECT_EQ(answered.body.at("value").as_array().size(), 1U);
}

}  // namespace
}  // namespace a2od::tenant
