#include "daemon/web/status_page.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace a2od {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;

const Timestamp kNow{Milliseconds(1'700'000'000'000)};

TEST(StatusPage, NamesFromOutsideCannotBecomeMarkup) {
  StatusPage page;
  page.targets.push_back({.tenant = "contoso", .environment = "<script>alert(1)</script>", .display_name = "\"'&"});
  page.alerts.push_back(
      {.name = "<b>", .severity = "<i>", .state = "firing", .summary = "<img src=x>", .runbook_url = "\"onclick="});
  const auto html = render(page, kNow);
  for (const auto* bad : {"<script>alert", "<img", "<b>", "<i>", "\"onclick"}) EXPECT_THAT(html, Not(HasSubstr(bad)));
}

TEST(StatusPage, AnAlertThatSomebodyTakesCareOfSaysWho) {
  StatusPage page;
  page.alerts.push_back({.name = "Down", .state = "firing", .acknowledged_by = "<ada>", .kept_back = "in maintenance"});
  EXPECT_THAT(render(page, kNow), HasSubstr("firing, in maintenance, acknowledged by &lt;ada&gt;"));
}

TEST(StatusPage, ExportersAreShownWithWhyTheyAreDown) {
  StatusPage page;
  EXPECT_THAT(render(page, kNow), Not(HasSubstr("Exporters")));
  page.scraped.active = {{.pool = "sql", .address = "http://sql1:9399/metrics", .last = kNow},
                         {.pool = "sql", .address = "http://sql2:9399/metrics", .last = kNow, .error = "<refused>"}};
  const auto html = render(page, kNow);
  EXPECT_THAT(html, HasSubstr("2, 1 down"));
  EXPECT_THAT(html,
              HasSubstr("http://sql2:9399/metrics</td><td><span class=\"bad\">down</span><small>&lt;refused&gt;"));
}

TEST(StatusPage, ACollectorThatNeverRanIsNotShownAsWell) {
  StatusPage page;
  page.targets.push_back({.tenant = "contoso", .environment = "prod", .cells = {{.collector = "dataverse"}}});
  EXPECT_THAT(render(page, kNow), HasSubstr("not yet run"));
}

TEST(StatusPage, AFailedRunShowsWhyAndWhenItLastWentWell) {
  StatusPage page;
  page.targets.push_back({.tenant = "contoso",
                          .environment = "prod",
                          .cells = {{.collector = "dataverse",
                                     .outcome = "unreachable",
                                     .error = "connection refused",
                                     .finished = kNow - 5s,
                                     .last_success = kNow - 3h}}});
  const auto html = render(page, kNow);
  EXPECT_THAT(html, HasSubstr("connection refused"));
  EXPECT_THAT(html, HasSubstr("last good 3 h ago"));
}

TEST(StatusPage, CollectorsThatFareAlikeAreOneLine) {
  StatusPage page;
  TargetRow row{.tenant = "contoso", .environment = "prod"};
  for (const auto* name : {"jobs", "flows", "links"})
    row.cells.push_back({.collector = name, .outcome = "denied", .error = "no user", .finished = kNow - 5s});
  row.cells.push_back({.collector = "batch", .outcome = "ok", .finished = kNow - 10s});
  row.cells.push_back({.collector = "operations", .outcome = "ok", .finished = kNow - 3min});
  page.targets.push_back(row);
  const auto html = render(page, kNow);
  EXPECT_THAT(html, HasSubstr("denied</span> jobs, flows, links"));
  EXPECT_THAT(html, HasSubstr("ok</span> batch, operations <span class=\"dim\">3 min ago"));
  EXPECT_EQ(html.find("no user"), html.rfind("no user"));
}

TEST(StatusPage, ABlindTenantIsSaidAboveEverything) {
  StatusPage page;
  page.blind_tenants = {{"contoso", "signing in fails: <no secret>"}};
  EXPECT_THAT(render(page, kNow), HasSubstr("cannot see contoso:</span> signing in fails: &lt;no secret&gt;"));
}

TEST(StatusPage, AHistoryThatIsNotWrittenIsSaid) {
  StatusPage page{.history_bytes = 14'230'000};
  EXPECT_THAT(render(page, kNow), HasSubstr("history 14.2 MB"));
  EXPECT_THAT(render(page, kNow), Not(HasSubstr("not written")));
  page.history_fault = "no space left on the device";
  EXPECT_THAT(render(page, kNow),
              HasSubstr("not written:</span> no space left on the device. a2od goes on from memory"));
}

TEST(StatusPage, AStateThatIsNotWrittenIsSaid) {
  StatusPage page;
  EXPECT_THAT(render(page, kNow), Not(HasSubstr("not written down")));
  page.state_fault = "state.db: <full>";
  EXPECT_THAT(render(page, kNow), HasSubstr("not written down:</span> state.db: &lt;full&gt;. They go on from memory"));
}

TEST(Age, IsSaidAsPeopleWould) {
  EXPECT_EQ(describe_age(100ms), "moments");
  EXPECT_EQ(describe_age(42s), "42 s");
  EXPECT_EQ(describe_age(5min), "5 min");
  EXPECT_EQ(describe_age(50h), "2 d");
}

}  // namespace
}  // namespace a2od
