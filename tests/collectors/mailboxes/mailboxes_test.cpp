// Mailboxes: against the simulated tenant, and a recorded one.
#include "collectors/mailboxes/mailboxes.hpp"

#include "tests/collectors/recorded.hpp"
#include "tests/collectors/simulated_run.hpp"

#include <boost/json/parse.hpp>

namespace a2od::mailboxes {
namespace {

using namespace std::chrono_literals;
using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::string_view kEstate = R"(
environments:
  - name: Main
    domain: main
    tables:
      mailboxes:
        - { name: Sales, statecode: 0, incomingemaildeliverymethod: 2, outgoingemaildeliverymethod: 2, actdeliverymethod: 1,
            incomingemailstatus: 1, outgoingemailstatus: 1, actstatus: 1, emailrouteraccessapproval: 1,
            lastsuccessfulsynccompletedon: -10m }
        - { name: Service, statecode: 0, incomingemaildeliverymethod: 2, outgoingemaildeliverymethod: 0, actdeliverymethod: 2,
            incomingemailstatus: 2, emailrouteraccessapproval: 2, lastsuccessfulsynccompletedon: -2d,
            lastsyncerrorcount: 4, lastsyncerror: The server did not answer, postponemailboxprocessinguntil: 1h }
        - { name: Never, statecode: 0, outgoingemaildeliverymethod: 2, outgoingemailstatus: 0, emailrouteraccessapproval: 1 }
        - { name: Forward queue, statecode: 0, incomingemaildeliverymethod: 0, outgoingemaildeliverymethod: 0, actdeliverymethod: 2 }
        - { name: Left the company, statecode: 1, incomingemaildeliverymethod: 2, incomingemailstatus: 2 }
      emailserverprofiles:
        - { name: Exchange, statecode: 0, lasttestexecutionstatus: 1 }
        - { name: Old server, statecode: 0, lasttestexecutionstatus: 0, lastcrmmessage: TLS 1.0 is not supported }
        - { name: Unused, statecode: 1, lasttestexecutionstatus: 0 }
      tracelogs:
        - { level: 3, text: Mailbox Service was disabled, createdon: 0, every: 1h }
        - { level: 1, text: All is well, createdon: 0, every: 1m }
)";

class Mailboxes : public SimulatedRun {
 protected:
  Mailboxes() : SimulatedRun("mailboxes", kEstate) {}
};

TEST_F(Mailboxes, AreCountedByTheDirectionsThatTheServerSynchronises) {
  const auto result = collect();
  expect_all_ok(result);
  EXPECT_THAT(texts(result, "d365_mailboxes"),
              ElementsAre(R"(d365_mailboxes{environment="e1",direction="appointments",status="failure"} 0)",
                          R"(d365_mailboxes{environment="e1",direction="appointments",status="not_run"} 0)",
                          R"(d365_mailboxes{environment="e1",direction="appointments",status="success"} 1)",
                          R"(d365_mailboxes{environment="e1",direction="incoming",status="failure"} 1)",
                          R"(d365_mailboxes{environment="e1",direction="incoming",status="not_run"} 0)",
                          R"(d365_mailboxes{environment="e1",direction="incoming",status="success"} 1)",
                          R"(d365_mailboxes{environment="e1",direction="outgoing",status="failure"} 0)",
                          R"(d365_mailboxes{environment="e1",direction="outgoing",status="not_run"} 1)",
                          R"(d365_mailboxes{environment="e1",direction="outgoing",status="success"} 1)"));
  EXPECT_THAT(details(result, kMailboxes), ElementsAre("Service: incoming fails"));
}

TEST_F(Mailboxes, TheirLastSynchronisationIsToldByAge) {
  const auto result = collect();
  EXPECT_THAT(texts(result, "d365_mailboxes_not_synced"),
              ElementsAre(R"(d365_mailboxes_not_synced{environment="e1",within="1h"} 2)",
                          R"(d365_mailboxes_not_synced{environment="e1",within="6h"} 2)",
                          R"(d365_mailboxes_not_synced{environment="e1",within="1d"} 2)",
                          R"(d365_mailboxes_not_synced{environment="e1",within="7d"} 1)"));
  EXPECT_THAT(details(result, kNotSynced),
              ElementsAre("Service: last synchronised 2026-02-27T00:00:00Z", "Never: never synchronised"));
  EXPECT_THAT(texts(result, "d365_mailboxes_oldest_sync_timestamp_seconds"),
              ElementsAre(R"(d365_mailboxes_oldest_sync_timestamp_seconds{environment="e1"} 1772150400)"));
}

TEST_F(Mailboxes, ThatAreHeldBackByApprovalErrorsOrBackOffAreCountedAndNamed) {
  const auto result = collect();
  EXPECT_THAT(texts(result, "d365_mailboxes_unapproved"), ElementsAre(testing::EndsWith(" 1")));
  EXPECT_THAT(texts(result, "d365_mailboxes_postponed"), ElementsAre(testing::EndsWith(" 1")));
  EXPECT_THAT(texts(result, "d365_mailboxes_with_sync_errors"), ElementsAre(testing::EndsWith(" 1")));
  EXPECT_THAT(details(result, kWithErrors), ElementsAre("Service: The server did not answer"));
  EXPECT_THAT(details(result, kPostponed), ElementsAre("Service: until 2026-03-01T01:00:00Z"));
}

TEST_F(Mailboxes, ProfilesAreCountedByTheirLastTest) {
  const auto result = collect();
  EXPECT_THAT(texts(result, "d365_email_server_profiles"),
              ElementsAre(R"(d365_email_server_profiles{environment="e1",result="failure"} 1)",
                          R"(d365_email_server_profiles{environment="e1",result="success"} 1)",
                          R"(d365_email_server_profiles{environment="e1",result="warning"} 0)"));
  EXPECT_THAT(details(result, kProfiles), ElementsAre("Old server: TLS 1.0 is not supported"));
}

TEST_F(Mailboxes, AlertsAreCountedOnce) {
  collect();
  clock_.advance(2h + 30min);
  const auto result = collect();
  EXPECT_THAT(texts(result, "d365_mailbox_alerts_total"),
              Contains(R"(d365_mailbox_alerts_total{environment="e1",level="error"} 3)"));
  EXPECT_THAT(details(result, kAlerts).front(), "2026-03-01T02:00:00Z error: Mailbox Service was disabled");
}

TEST_F(Mailboxes, WithoutAColumnOfANewerVersionTheOthersAreCounted) {
  change([](auto& main) {
    main.absent_columns = {"mailbox.lastsyncerrorcount", "mailbox.lastsuccessfulsynccompletedon"};
  });
  const auto result = collect();
  expect_all_ok(result);
  EXPECT_THAT(texts(result, "d365_mailboxes_unapproved"), ElementsAre(testing::EndsWith(" 1")));
}

TEST(MailboxesDecode, ATimeIn1900IsNever) {
  const auto row = boost::json::parse(
      R"({"name": "x", "lastsuccessfulsynccompletedon": "1900-01-01T00:00:00Z", "postponemailboxprocessinguntil": "1900-01-01T00:00:00Z"})");
  const auto found = decode_mailboxes("e1", std::span(&row, 1), Timestamp(std::chrono::hours(24 * 20'000)));
  ASSERT_TRUE(found);
  EXPECT_THAT(texts_of(found->samples, "d365_mailboxes_oldest_sync_timestamp_seconds"), IsEmpty());
  EXPECT_THAT(texts_of(found->samples, "d365_mailboxes_postponed"), ElementsAre(testing::EndsWith(" 0")));
}

TEST(MailboxesDecode, ReadsTheRecordedOne) {
  A2OD_RECORDED(row, "dataverse/tf_mailbox_single.json");
  EXPECT_TRUE(decode_mailboxes("e1", std::span(&*row, 1), Timestamp(std::chrono::hours(24 * 20'000))));
}

TEST(MailboxesDecode, RefusesOddRows) {
  for (const auto* text : {"7", R"({"name": 7})", R"({"actstatus": "x", "actdeliverymethod": 1})"}) {
    const auto row = boost::json::parse(text);
    EXPECT_FALSE(decode_mailboxes("e1", std::span(&row, 1), {})) << text;
  }
  EXPECT_FALSE(decode_profiles("e1", boost::json::parse(R"({"value": 7})")));
}

}  // namespace
}  // namespace a2od::mailboxes
