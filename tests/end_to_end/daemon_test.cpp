// The daemon as its administrator meets it: start, pages, reload, stop, restart.
#include "tests/end_to_end/stage.hpp"

#include <boost/json/serialize.hpp>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <fstream>

namespace a2od::end_to_end {
namespace {

using namespace std::chrono_literals;
using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

TEST(Daemon, TellsOfContososTroublesWithinTwentySeconds) {
  Stage stage("demo");
  stage.start_tenant("demo.yaml");
  stage.start_receiver();
  ASSERT_TRUE(stage.start_daemon()) << stage.daemon->output();
  EXPECT_TRUE(eventually([&] { return stage.was_told("EnvironmentDisabled", "firing"); }, 20s));
  EXPECT_TRUE(eventually([&] { return stage.was_told("StorageDeficit", "firing"); }, 20s));

  const auto page = get(stage.port, "/");
  EXPECT_EQ(page.status, 200u);
  EXPECT_THAT(page.body, HasSubstr("Contoso Training"));
  EXPECT_EQ(get(stage.port, "/-/healthy").status, 200u);
  EXPECT_EQ(get(stage.port, "/-/ready").status, 200u);
  EXPECT_THAT(get(stage.port, "/runbooks/StorageDeficit").body, HasSubstr("<h1>StorageDeficit</h1>"));
  EXPECT_EQ(get(stage.port, "/nothing").status, 404u);

  stage.daemon->signal(SIGTERM);
  EXPECT_EQ(stage.daemon->wait(5s), 0) << stage.daemon->output();
  EXPECT_THAT(stage.daemon->output(), Not(HasSubstr("did not end in time")));
}

TEST(Daemon, AHealthyEstateRaisesNoAlert) {
  Stage stage("healthy");
  stage.start_tenant("healthy.yaml");
  stage.start_receiver();
  ASSERT_TRUE(stage.start_daemon()) << stage.daemon->output();
  ASSERT_TRUE(eventually([&] { return stage.query("d365_dataverse_reachable == 1").size() == 3; }, 20s));
  pause_for(5s);
  EXPECT_THAT(stage.alerts("firing"), IsEmpty());
  EXPECT_THAT(stage.received(), IsEmpty());
}

TEST(Daemon, PromtoolHasNothingToSayAboutItsMetrics) {
  Stage stage("promtool");
  stage.start_tenant("demo.yaml");
  ASSERT_TRUE(stage.start_daemon()) << stage.daemon->output();
  ASSERT_TRUE(eventually([&] { return stage.query("d365_tenant_storage_deficit_bytes").size() == 1; }, 20s));
  write_file(stage.folder / "metrics.txt", get(stage.port, "/metrics").body);
  const auto command = A2OD_PEERS_DIR "/promtool check metrics < " + (stage.folder / "metrics.txt").string();
  const auto checked = run({"/bin/sh", "-c", command});
  EXPECT_EQ(checked.code, 0);
  EXPECT_EQ(checked.output, "");
}

TEST(Daemon, AGoodReloadAppliesAndABadOneChangesNothing) {
  Stage stage("reload");
  stage.start_tenant("healthy.yaml");
  ASSERT_TRUE(stage.start_daemon()) << stage.daemon->output();
  ASSERT_TRUE(eventually([&] { return stage.query("d365_environment_state").size() > 3; }, 20s));

  write_file(stage.folder / "rules.yml", "groups: [{name: mine, rules: [{alert: Always, expr: vector(1)}]}]\n");
  stage.rule_files = "  - rules.yml\n";
  stage.write_configuration();
  EXPECT_EQ(request(stage.port, "POST", "/-/reload").status, 200u);
  EXPECT_TRUE(eventually([&] { return stage.alerts("firing") == std::vector<std::string>{"Always "}; }, 5s));
  EXPECT_THAT(stage.query("d365_environment_state"), Not(IsEmpty())) << "a reload keeps what was collected";

  stage.more = "colectors: {}\n";
  stage.write_configuration();
  const auto refused = request(stage.port, "POST", "/-/reload");
  EXPECT_EQ(refused.status, 500u);
  EXPECT_THAT(refused.body, HasSubstr("did you mean"));
  EXPECT_THAT(stage.alerts("firing"), Contains("Always "));
  EXPECT_TRUE(eventually([&] { return stage.query("a2od_config_last_reload_successful == 0").size() == 1; }, 10s));

  stage.more = "";
  stage.write_configuration();
  stage.daemon->signal(SIGHUP);
  EXPECT_TRUE(stage.daemon->wait_for_output("read anew", 5s));
  EXPECT_TRUE(eventually([&] { return stage.query("a2od_config_last_reload_successful == 1").size() == 1; }, 10s));
}

TEST(Daemon, AnotherSitesPageCannotReload) {
  Stage stage("origin");
  stage.start_tenant("healthy.yaml");
  ASSERT_TRUE(stage.start_daemon()) << stage.daemon->output();
  EXPECT_EQ(request(stage.port, "POST", "/-/reload", "", "Origin: https://evil.example\r\n").status, 403u);
}

TEST(Daemon, BasicAuthGuardsEveryPage) {
  Stage stage("auth");
  stage.start_tenant("healthy.yaml");
  // bcrypt of "secret" at cost 4
  write_file(stage.folder / "web.yml",
             "basic_auth_users:\n  admin: $2y$04$abcdefghijklmnopqrstuu2r9OfJnfCsdneAXAGHnS4UpFFP8WIrW\n");
  stage.write_configuration();
  stage.daemon.emplace(std::vector<std::string>{program("a2od"), "run", (stage.folder / "a2od.yaml").string(),
                                                "--web.config.file", (stage.folder / "web.yml").string()},
                       stage.folder / "a2od.log");
  ASSERT_TRUE(stage.daemon->wait_for_output("listening on", 20s)) << stage.daemon->output();
  EXPECT_EQ(get(stage.port, "/").status, 401u);
  EXPECT_EQ(get(stage.port, "/metrics", "Authorization: Basic YWRtaW46d3Jvbmc=\r\n").status, 401u);
  EXPECT_EQ(get(stage.port, "/metrics", "Authorization: Basic YWRtaW46c2VjcmV0\r\n").status, 200u);
}

TEST(Daemon, AfterARestartNothingIsToldTwiceAndTheResolveIsStillOwed) {
  Stage stage("restart");
  stage.start_tenant("demo.yaml");
  stage.start_receiver();
  ASSERT_TRUE(stage.start_daemon()) << stage.daemon->output();
  ASSERT_TRUE(eventually([&] { return stage.was_told("EnvironmentDisabled", "firing"); }, 20s));
  pause_for(3s);
  stage.daemon->signal(SIGTERM);
  ASSERT_EQ(stage.daemon->wait(5s), 0);
  const auto told = stage.received().size();
  ASSERT_TRUE(stage.start_daemon()) << stage.daemon->output();
  pause_for(12s);
  for (std::size_t i = told; i < stage.received().size(); ++i)
    EXPECT_THAT(boost::json::serialize(stage.received()[i]), Not(HasSubstr("EnvironmentDisabled")));
  control(stage.tenant_port, "POST", "/control/environments", R"({"name": "Contoso Training", "state": "enabled"})");
  EXPECT_TRUE(eventually([&] { return stage.was_told("EnvironmentDisabled", "resolved"); }, 40s));
}

TEST(Daemon, AReceiverThatWasAwayHearsOfItLater) {
  Stage stage("away");
  stage.start_tenant("demo.yaml");
  ASSERT_TRUE(stage.start_daemon()) << stage.daemon->output();
  ASSERT_TRUE(eventually([&] { return !stage.query("a2od_notification_outbox_messages > 0").empty(); }, 25s));
  stage.start_receiver();
  EXPECT_TRUE(eventually([&] { return stage.was_told("EnvironmentDisabled", "firing"); }, 70s));
}

TEST(Daemon, AReceiverThatRefusesUsIsShownAsMisconfigured) {
  Stage stage("misconfigured");
  stage.start_tenant("demo.yaml");
  stage.start_receiver("404");
  ASSERT_TRUE(stage.start_daemon()) << stage.daemon->output();
  EXPECT_TRUE(eventually([&] { return !stage.query("a2od_receiver_misconfigured == 1").empty(); }, 25s));
  EXPECT_THAT(get(stage.port, "/").body, HasSubstr("misconfigured"));
}

TEST(Daemon, WhileLearningAlertsAreLoggedAndWhatFiresAtTheEndIsSent) {
  Stage stage("learning");
  stage.more = "learning: 3d\n";
  stage.start_tenant("demo.yaml");
  stage.start_receiver();
  ASSERT_TRUE(stage.start_daemon()) << stage.daemon->output();
  EXPECT_TRUE(stage.daemon->wait_for_output("learning, not sent: firing {alertname=\"StorageDeficit\"", 20s))
      << stage.daemon->output();
  EXPECT_THAT(get(stage.port, "/").body, HasSubstr("a2od is learning"));
  EXPECT_TRUE(stage.received().empty());

  stage.more = "";
  stage.write_configuration();
  EXPECT_EQ(request(stage.port, "POST", "/-/reload").status, 200u);
  EXPECT_TRUE(eventually([&] { return stage.was_told("StorageDeficit", "firing"); }, 90s)) << stage.daemon->output();
}

TEST(Daemon, AnExpiredSecretIsOneAlertAndLeavesTheEnvironmentsUnknown) {
  Stage stage("secret");
  stage.start_tenant("healthy.yaml");
  stage.start_receiver();
  ASSERT_TRUE(stage.start_daemon()) << stage.daemon->output();
  ASSERT_TRUE(eventually([&] { return stage.query("d365_dataverse_reachable == 1").size() == 3; }, 20s));
  control(stage.tenant_port, "POST", "/control/faults",
          R"({"route": "login*", "kind": "sign_in_error", "code": "7000222"})");
  control(stage.tenant_port, "DELETE", "/control/tokens");
  EXPECT_TRUE(eventually([&] { return stage.query("a2od_sight == 0").size() == 1; }, 40s));
  EXPECT_THAT(stage.query("d365_dataverse_reachable == 0"), IsEmpty()) << "blindness is not an outage";
  EXPECT_THAT(get(stage.port, "/").body, HasSubstr("cannot see contoso"));
  EXPECT_THAT(stage.daemon->output(), HasSubstr("has expired"));
}

TEST(Daemon, SeveralIdentitiesOfATenantRunBesideEachOther) {
  Stage stage("identities");
  stage.start_tenant("healthy.yaml");
  stage.more_tenants = R"(  - name: contoso-by-certificate
    tenant_id: 4c2f1b6e-0d6a-4f4e-9d0a-6a1f0c0de001
    client_id: 9b1de0c5-7b0f-4c57-8d3e-2f6a0c0de002
    certificate: {file: tenant/client.pem, key_file: tenant/client-key.pem}
    requests_per_day: 100000000
)";
  ASSERT_TRUE(stage.start_daemon()) << stage.daemon->output();
  const auto seen_by = [&](const std::string& tenant) {
    return stage.query("count(d365_dataverse_reachable{tenant=\"" + tenant + "\"} == 1)") == std::vector<double>{3};
  };
  EXPECT_TRUE(eventually([&] { return seen_by("contoso") && seen_by("contoso-by-certificate"); }, 20s))
      << stage.daemon->output();
  EXPECT_EQ(stage.query("count(a2od_sign_in_ok == 1)"), std::vector<double>{2});
  EXPECT_TRUE(eventually(
      [&] {
        return stage.query("count(a2od_service_protection_remaining_requests == 5999)") == std::vector<double>{2};
      },
      30s));
}

TEST(Daemon, OwnCollectorsRunFailAndAlertLikeOthers) {
  Stage stage("own");
  stage.start_tenant("demo.yaml");
  stage.start_receiver();
  const auto program_file = (stage.folder / "count").string();
  write_file(program_file, "#!/bin/sh\necho 'own_things{kind=\"a\"} 5'\n");
  std::filesystem::permissions(program_file, std::filesystem::perms::owner_all);
  write_file(stage.folder / "own.yml",
             "groups: [{name: own, rules: [{alert: OwnThings, expr: own_things > 4}, {alert: OwnRows, expr: own_boxes "
             "> 30}]}]");
  stage.rule_files = "  - own.yml\n";
  stage.more = fmt::format(R"(odata:
  - name: boxes
    table: mailbox
    labels: {{status: incomingemailstatus}}
    metrics: [{{name: own_boxes, help: Boxes., value: count}}]
    environments: [Contoso Customer Service]
    interval: 10s
    timeout: 5s
exec:
  - {{name: things, command: [{0}], interval: 10s, timeout: 5s}}
  - {{name: broken, command: [/bin/false], interval: 10s, timeout: 5s}}
)",
                           program_file);
  ASSERT_TRUE(stage.start_daemon()) << stage.daemon->output();
  EXPECT_TRUE(eventually([&] { return stage.was_told("OwnThings", "firing"); }, 30s)) << stage.daemon->output();
  EXPECT_TRUE(eventually([&] { return stage.was_told("OwnRows", "firing"); }, 30s)) << stage.daemon->output();
  EXPECT_EQ(stage.query(R"(own_boxes{environment="Contoso Customer Service",status="2"})"), (std::vector<double>{1}));
  EXPECT_EQ(stage.query(R"(a2od_collector_outcome{collector="broken",outcome="broken"})"), (std::vector<double>{1}));
  EXPECT_THAT(get(stage.port, "/metrics").body, HasSubstr("own_things{kind=\"a\",tenant=\"contoso\"} 5"));
  EXPECT_THAT(get(stage.port, "/").body, HasSubstr("exited with 1"));

  stage.more = "";
  stage.write_configuration();
  stage.daemon->signal(SIGHUP);
  EXPECT_TRUE(eventually([&] { return stage.query("own_things").empty() && stage.query("own_boxes").empty(); }, 30s));
  EXPECT_EQ(get(stage.port, "/metrics").status, 200u);
}

TEST(Daemon, AnIncidentOfMicrosoftsIsToldWithItsTitleUntilItIsOver) {
  Stage stage("incident");
  stage.start_tenant("healthy.yaml");
  stage.start_receiver();
  ASSERT_TRUE(stage.start_daemon()) << stage.daemon->output();
  const auto issues = [&](const std::string& body) {
    EXPECT_EQ(control(stage.tenant_port, "POST", "/control/service_issues", body).status, 200u);
  };
  const std::string advisory = "- {service: MicrosoftFlow, classification: advisory, title: Stale histories}\n";
  issues(advisory + "- {service: DynamicsCRM, title: Forms do not open}\n");
  ASSERT_TRUE(eventually([&] { return stage.was_told("MicrosoftServiceIncident", "firing"); }, 40s));
  const auto alert = stage.received().at(0).at("alerts").at(0);
  EXPECT_EQ(alert.at("labels").at("service").as_string(), "DynamicsCRM");
  EXPECT_THAT(std::string(alert.at("annotations").at("details").as_string()),
              testing::MatchesRegex("incident CR.* of Dynamics 365 Apps: Forms do not open\n"
                                    "advisory CR.* of Microsoft Power Automate: Stale histories"));
  issues(advisory);
  EXPECT_TRUE(eventually([&] { return stage.was_told("MicrosoftServiceIncident", "resolved"); }, 40s));
  EXPECT_THAT(stage.alerts("firing"), IsEmpty()) << "of an advisory";
}

TEST(CommandLine, CheckAccessNamesTheMissingRightAndTheRole) {
  Stage stage("access");
  stage.start_tenant("demo.yaml");
  control(stage.tenant_port, "POST", "/control/environments",
          R"({"name": "Contoso Finance", "denied_tables": ["mailbox"], "absent_tables": ["flowrun"]})");
  stage.collectors = "\n  mailboxes: {interval: 15m}\n";
  stage.write_configuration();
  const auto config = (stage.folder / "a2od.yaml").string();
  const auto denied = run({program("a2od"), "check", "access", "contoso finance", "--config.file", config});
  EXPECT_EQ(denied.code, 1);
  EXPECT_THAT(denied.output, HasSubstr("MISSING              mailbox"));
  EXPECT_THAT(denied.output, HasSubstr("no such table here   flowrun"));
  EXPECT_THAT(denied.output, HasSubstr("prvReadAsyncOperation"));
  const auto good = run({program("a2od"), "check", "access", "Contoso Production", "--config.file", config});
  EXPECT_EQ(good.code, 0) << good.output;
}

TEST(CommandLine, WithoutAConfigurationItSaysHowToBegin) {
  const auto finished = run({program("a2od"), "run", "/nonexistent/a2od.yaml"});
  EXPECT_EQ(finished.code, 1);
  EXPECT_THAT(finished.output, HasSubstr("minimal.yaml"));
}

TEST(CommandLine, WrongUsageExitsWithTwo) {
  EXPECT_EQ(run({program("a2od")}).code, 2);
  EXPECT_EQ(run({program("a2od"), "run", "--nonsense"}).code, 2);
  EXPECT_EQ(run({program("a2od"), "--help"}).code, 0);
  EXPECT_EQ(run({program("a2od"), "version"}).code, 0);
}

TEST(CommandLine, TestRulesShowsWhatDiffersAndWritesJUnit) {
  const auto folder = Stage("test_rules").folder;
  write_file(folder / "rules.yml", "groups: [{name: g, rules: [{alert: Full, expr: used > 90}]}]\n");
  write_file(folder / "rules.test.yml", R"(
rule_files: ["ru*s.yml"]
tests:
  - name: full
    input_series: [{series: 'used{env="prod"}', values: 95x5}]
    alert_rule_test: [{eval_time: 5m, alertname: Full, exp_alerts: [{exp_labels: {env: test}}]}]
  - name: empty
    input_series: [{series: used, values: 1x5}]
    alert_rule_test: [{eval_time: 5m, alertname: Full}]
)");
  const auto test = (folder / "rules.test.yml").string();
  const auto failed = run({program("a2od"), "test", "rules", test, "--junit", (folder / "junit.xml").string()});
  EXPECT_EQ(failed.code, 1);
  EXPECT_THAT(failed.output, HasSubstr(":6:23: full: alert Full at 5m\n"
                                       "    - {alertname=\"Full\", env=\"test\"}\n"
                                       "    + {alertname=\"Full\", env=\"prod\"}\n"));
  EXPECT_THAT(failed.output, HasSubstr("1 of 2 tests failed"));
  EXPECT_THAT(run({"/bin/cat", (folder / "junit.xml").string()}).output, HasSubstr("tests=\"2\" failures=\"1\""));
  EXPECT_EQ(run({program("a2od"), "test", "rules", test, "--run", "empty"}).code, 0);
  EXPECT_EQ(run({program("a2od"), "test", "rules", test, "--run", "("}).code, 2);
  const auto promtool = run({A2OD_PEERS_DIR "/promtool", "test", "rules", test});
  EXPECT_EQ(promtool.code, 1) << promtool.output;
}

TEST(CommandLine, CheckConfigPrintsAllProblemsAndExitsWithOne) {
  Stage stage("check");
  stage.start_tenant("healthy.yaml");
  stage.write_configuration();
  const auto good = run({program("a2od"), "check", "config", (stage.folder / "a2od.yaml").string()});
  EXPECT_EQ(good.code, 0) << good.output;
  EXPECT_THAT(good.output, HasSubstr("requests a day"));
  stage.more = "lgo: {level: info}\nlog: {level: loud}\n";
  write_file(stage.folder / "rules.yml", "groups: [{name: mine, rules: [{alert: Broken, expr: summ(up)}]}]\n");
  stage.rule_files = "  - rules.yml\n  - absent.yml\n";
  stage.write_configuration();
  const auto bad = run({program("a2od"), "check", "config", (stage.folder / "a2od.yaml").string()});
  EXPECT_EQ(bad.code, 1);
  EXPECT_THAT(bad.output, HasSubstr("did you mean 'log'"));
  EXPECT_THAT(bad.output, HasSubstr("loud"));
  EXPECT_THAT(bad.output, HasSubstr("summ")) << "a rule file's problems stand beside those of the configuration";
  EXPECT_THAT(bad.output, HasSubstr("absent.yml"));
}

TEST(CommandLine, CollectSaysWhatAnEnvironmentBringsAndWhichRightIsMissing) {
  Stage stage("collect");
  stage.start_tenant("demo.yaml");
  stage.write_configuration();
  const auto config = (stage.folder / "a2od.yaml").string();
  const auto good = run({program("a2od"), "collect", "Contoso Production", "dataverse", "--config.file", config});
  EXPECT_EQ(good.code, 0) << good.output;
  EXPECT_THAT(good.output,
              HasSubstr("d365_dataverse_reachable{environment=\"Contoso Production\",tenant=\"contoso\"} 1"));
  EXPECT_THAT(good.output, HasSubstr("requests"));
  const auto denied = run({program("a2od"), "collect", "Contoso Dev", "dataverse", "--config.file", config});
  EXPECT_EQ(denied.code, 1);
  EXPECT_THAT(denied.output, HasSubstr("application user"));
  EXPECT_EQ(run({program("a2od"), "collect", "Nowhere", "--config.file", config}).code, 1);
  EXPECT_EQ(run({program("a2od"), "collect", "x", "nonsense", "--config.file", config}).code, 2);
}

}  // namespace
}  // namespace a2od::end_to_end
