#include "collectors/finance_operations/finance_operations.hpp"

#include "tests/collectors/collector_test.hpp"

namespace a2od::finance_operations {
namespace {

using testing::Contains;
using testing::SizeIs;

class FinanceOperationsCollector : public CollectorTest {
 protected:
  FinanceOperationsCollector() {
    environment.id = "e1";
    environment.finance_operations_url = "https://org.operations.dynamics.com";
  }
};

TEST_F(FinanceOperationsCollector, IsWellWhenItsMetadataAnswers) {
  session.answer("/Metadata/PublicEntities", R"({"value": [{"Name": "BatchJob"}]})");
  const auto result = collect("finance_operations");
  ASSERT_THAT(result.parts, SizeIs(1));
  EXPECT_EQ(result.parts[0].outcome, Outcome::ok);
  EXPECT_EQ(current_state(result.parts[0].samples, "d365_finance_operations_probe_result"), "ok");
  EXPECT_EQ(result.probe->host, "org.operations.dynamics.com");
  EXPECT_EQ(session.asked.at(0).service, cloud::Service::finance_operations);
  EXPECT_TRUE(session.asked.at(0).fresh_connection);
}

TEST_F(FinanceOperationsCollector, AnAnswerThatIsNoObjectIsAnError) {
  session.answer("/Metadata/PublicEntities", "null");
  const auto result = collect("finance_operations");
  EXPECT_EQ(result.parts.at(0).outcome, Outcome::broken);
  EXPECT_EQ(current_state(result.parts[0].samples, "d365_finance_operations_probe_result"), "error");
}

TEST_F(FinanceOperationsCollector, AnUnregisteredApplicationIsReachedButNotAuthorized) {
  session.fail("/Metadata", failure_of(cloud::Cause::sign_in, 401));
  const auto result = collect("finance_operations");
  EXPECT_THAT(texts_of(result.parts.at(0).samples),
              testing::IsSupersetOf({R"(d365_finance_operations_reachable{environment="e1"} 1)",
                                     R"(d365_finance_operations_authorized{environment="e1"} 0)"}));
}

TEST_F(FinanceOperationsCollector, AppliesToEnvironmentsThatHaveIt) {
  const auto* collector = find_collector("finance_operations");
  EXPECT_TRUE(collector->applies(environment));
  EXPECT_FALSE(collector->applies(Environment()));
}

}  // namespace
}  // namespace a2od::finance_operations
