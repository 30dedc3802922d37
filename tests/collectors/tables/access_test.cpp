#include "collectors/tables/access.hpp"

#include "tests/collectors/simulated_run.hpp"

#include <boost/json/parse.hpp>

namespace a2od {
namespace {

class Access : public SimulatedRun {
 protected:
  Access() : SimulatedRun("jobs", "environments: [{name: Main, domain: main}]") {}

  cloud::Reply<std::vector<TableAccess>> read(std::vector<std::string> tables) {
    a2od::Run run{session_, clock_, tenant_, schemas_, &environment_, {}, {}};
    TableReader reader(run);
    return result_of(io_, read_access(reader, std::move(tables)));
  }
};

TEST_F(Access, IsHeldMissingOrWithoutATable) {
  change([](auto& main) {
    main.denied_tables = {"mailbox"};
    main.absent_tables = {"flowrun"};
  });
  const auto access = read({"asyncoperation", "mailbox", "flowrun"});
  ASSERT_TRUE(access) << access.error().message;
  EXPECT_EQ(access->at(0).right, TableRight::held);
  EXPECT_EQ(access->at(1).right, TableRight::missing);
  EXPECT_EQ(access->at(1).privilege, "prvReadMailbox");
  EXPECT_EQ(access->at(2).right, TableRight::no_table);
}

TEST_F(Access, CannotBeToldOfAnEnvironmentThatRefusesUs) {
  change([](auto& main) { main.application_user = false; });
  const auto access = read({"mailbox"});
  ASSERT_FALSE(access);
  EXPECT_EQ(access.error().cause, cloud::Cause::not_a_user);
}

TEST(Privileges, AreReadByNameOrById) {
  const auto by_name =
      decode_privileges(boost::json::parse(R"({"RolePrivileges": [{"PrivilegeName": "prvReadMailbox"}]})"));
  EXPECT_TRUE(by_name->contains("prvreadmailbox"));
  const auto by_id = decode_privileges(boost::json::parse(R"({"RolePrivileges": [{"PrivilegeId": "ABC-1"}]})"));
  EXPECT_TRUE(by_id->contains("abc-1"));
  for (const auto* body : {"{}", "[]", R"({"RolePrivileges": 7})", R"({"RolePrivileges": [{"PrivilegeName": 7}]})"})
    EXPECT_FALSE(decode_privileges(boost::json::parse(body))) << body;
}

}  // namespace
}  // namespace a2od
