#include "daemon/web/api/rules.hpp"

#include <boost/json/parse.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace a2od {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

/// A group of an alert and a recording rule, and one of an alert.
class RulesApi : public testing::Test {
 protected:
  RulesApi() {
    for (const auto& definition : definitions_) {
      GroupReport report{.definition = &definition};
      for (const auto& rule : definition.rules) report.rules.push_back({.definition = &rule});
      reports_.push_back(std::move(report));
    }
  }

  [[nodiscard]] ApiReply ask(std::string_view parameters) const {
    return answer_rules(reports_, parse_parameters(parameters));
  }
  /// "group/rule" of each that is answered; a group without rules is "group/".
  [[nodiscard]] std::vector<std::string> found(std::string_view parameters) const {
    const auto reply = ask(parameters);
    EXPECT_EQ(reply.status, 200U) << reply.body;
    const auto answer = boost::json::parse(reply.body);
    std::vector<std::string> names;
    for (const auto& group : answer.at("data").at("groups").as_array()) {
      const std::string name(group.at("name").as_string());
      if (group.at("rules").as_array().empty()) names.push_back(name + "/");
      for (const auto& rule : group.at("rules").as_array())
        names.push_back(name + "/" + std::string(rule.at("name").as_string()));
    }
    return names;
  }

 private:
  const std::vector<GroupDefinition> definitions_{
      {.file = "jobs.yml", .name = "jobs", .rules = {{.alert = "Backlog"}, {.record = "jobs:sum"}}},
      {.file = "sight.yml", .name = "sight", .rules = {{.alert = "Blind"}}},
      {.file = "empty.yml", .name = "empty"}};
  std::vector<GroupReport> reports_;
};

TEST_F(RulesApi, AllAreAnsweredUnlessSomeAreAskedFor) {
  EXPECT_THAT(found(""), ElementsAre("jobs/Backlog", "jobs/jobs:sum", "sight/Blind", "empty/"));
  EXPECT_THAT(found("type=alert"), ElementsAre("jobs/Backlog", "sight/Blind"));
  EXPECT_THAT(found("type=record"), ElementsAre("jobs/jobs:sum"));
  EXPECT_THAT(found("rule_name[]=Blind&rule_name[]=jobs:sum"), ElementsAre("jobs/jobs:sum", "sight/Blind"));
  EXPECT_THAT(found("rule_group[]=sight"), ElementsAre("sight/Blind"));
  EXPECT_THAT(found("file[]=jobs.yml&type=alert"), ElementsAre("jobs/Backlog"));
  EXPECT_THAT(found("rule_name[]=Other"), IsEmpty());
}

TEST_F(RulesApi, ATypeThatIsNoneIsRefused) { EXPECT_EQ(ask("type=both").status, 400U); }

TEST_F(RulesApi, AlertsAreLeftOutOnRequest) {
  EXPECT_THAT(ask("").body, testing::HasSubstr(R"("alerts":[])"));
  EXPECT_THAT(ask("exclude_alerts=1").body, testing::Not(testing::HasSubstr("alerts")));
}

}  // namespace
}  // namespace a2od
