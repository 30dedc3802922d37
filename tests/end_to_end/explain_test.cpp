// What someone who was woken is told by `a2od explain`, of a daemon as it runs.
#include "tests/end_to_end/stage.hpp"

#include <boost/json/parse.hpp>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace a2od::end_to_end {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::HasSubstr;

struct Explain : testing::Test {
  Stage stage{std::string("explain_") + testing::UnitTest::GetInstance()->current_test_info()->name()};
  const std::string url = fmt::format("http://127.0.0.1:{}", stage.port);

  [[nodiscard]] Finished a2od(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), program("a2od"));
    arguments.insert(arguments.end(), {"--server", url});
    return run(arguments);
  }
};

TEST_F(Explain, SaysWhyAnAlertFiresWhoWasToldAndWhatKeepsItBack) {
  stage.start_tenant("demo.yaml");
  stage.start_receiver();
  ASSERT_TRUE(stage.start_daemon()) << stage.daemon->output();
  ASSERT_TRUE(eventually([&] { return stage.was_told("EnvironmentDisabled", "firing"); }, 30s))
      << stage.daemon->output();
  const auto explained = [&] { return a2od({"explain", "EnvironmentDisabled"}).output; };
  ASSERT_TRUE(eventually([&] { return explained().contains("was told that it fires"); }, 10s));
  const auto firing = a2od({"explain", "EnvironmentDisabled"});
  EXPECT_EQ(firing.code, 0);
  EXPECT_THAT(firing.output,
              AllOf(HasSubstr("It fires since"), HasSubstr("'on-call' (webhook 1) was told that it fires"),
                    HasSubstr("environments.yml, line"), HasSubstr("group_wait 0s")));
  EXPECT_THAT(firing.output, AllOf(HasSubstr("d365_environment_state{state=\"disabled\"} == 1"), HasSubstr("= 1  "),
                                   HasSubstr("inventory of tenant contoso, delivered")));
  EXPECT_EQ(firing.output.find("Contoso Production"), std::string::npos) << "another environment's series";

  const auto id = a2od({"silence", "add", "--comment", "moving", "EnvironmentDisabled"}).output;
  EXPECT_THAT(a2od({"explain", "EnvironmentDisabled"}).output,
              AllOf(HasSubstr("It is silenced until"), HasSubstr("'moving'"), HasSubstr(id.substr(0, 36)),
                    HasSubstr("Were it not kept back")));

  const auto document = boost::json::parse(a2od({"explain", "--json", "EnvironmentDisabled"}).output);
  const std::string fingerprint(document.at("data").at("fingerprint").as_string());
  EXPECT_THAT(a2od({"explain", fingerprint}).output, HasSubstr("It fires since"));
  EXPECT_THAT(a2od({"explain", "EnvironmentDisabled{environment=\"Contoso Production\"}"}).output,
              AllOf(HasSubstr("No alert of the rule"), HasSubstr("nothing for this alert")));
  const auto unknown = a2od({"explain", "NoSuchAlert"});
  EXPECT_EQ(unknown.code, 1);
  EXPECT_THAT(unknown.output, HasSubstr("no such alert"));
}

TEST_F(Explain, SaysWhatWaitsForAReceiverThatIsAway) {
  stage.start_tenant("demo.yaml");
  ASSERT_TRUE(stage.start_daemon()) << stage.daemon->output();
  const auto body = R"([{"labels": {"alertname": "Backup", "tenant": "contoso"}}])";
  EXPECT_EQ(request(stage.port, "POST", "/api/v2/alerts", body, "Content-Type: application/json\r\n").status, 200U);
  EXPECT_TRUE(eventually([&] { return a2od({"explain", "Backup"}).output.contains("attempts failed"); }, 20s));
  EXPECT_THAT(a2od({"explain", "Backup"}).output,
              AllOf(HasSubstr("It was sent by another system. It fires since"), HasSubstr("is owed the message"),
                    HasSubstr("Connection refused")));
  EXPECT_EQ(get(stage.port, "/api/v1/explain?alert=%7B").status, 400U);
  EXPECT_THAT(get(stage.port, "/api/v1/explain").body, HasSubstr(R"(invalid parameter \"alert\": expected an alert)"));
}

}  // namespace
}  // namespace a2od::end_to_end
