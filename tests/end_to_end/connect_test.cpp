// deploy/CONNECT.md as a new user would follow it: its commands, in their order, print what it shows.
#include "tests/end_to_end/everyone.hpp"
#include "tests/end_to_end/stage.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <sstream>
#include <string>
#include <vector>

namespace a2od::end_to_end {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

constexpr auto kDocument = A2OD_SOURCE_DIR "/deploy/CONNECT.md";
constexpr std::string_view kFolder = "/etc/a2od";

struct Block {
  std::string language;  ///< sh, text or yaml
  std::vector<std::string> lines;
};

std::string read_file(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::vector<Block> blocks_of(const std::string& document) {
  std::vector<Block> blocks;
  std::istringstream lines(document);
  bool inside = false;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("```")) {
      inside = !inside;
      if (inside) blocks.push_back({line.substr(3), {}});
    } else if (inside) {
      blocks.back().lines.push_back(line);
    }
  }
  return blocks;
}

std::string replaced(std::string text, std::string_view what, const std::string& by) {
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + by.size()))
    text.replace(at, what.size(), by);
  return text;
}

const Block kWithSecret{
    "yaml",
    {"tenants:", "  - name: contoso", "    tenant_id: 4c2f1b6e-0d6a-4f4e-9d0a-6a1f0c0de001",
     "    client_id: 9b1de0c5-7b0f-4c57-8d3e-2f6a0c0de002", "    client_secret: {file: tenant/client-secret}"}};

/// Whether a line of the output has the parts of `shown` between its "…", in their order; from its start, unless it
/// begins with one.
bool is_printed(const std::string& shown, const std::string& output) {
  std::string pattern;
  for (std::size_t at = 0; at < shown.size();) {
    if (shown.compare(at, 3, "…") == 0) {
      pattern += ".*";
      at += 3;
      continue;
    }
    if (std::string_view(R"(\^$.|?*+()[]{})").contains(shown[at])) pattern += '\\';
    pattern += shown[at++];
  }
  const std::regex expected(pattern);
  std::istringstream lines(output);
  for (std::string line; std::getline(lines, line);)
    if (std::regex_match(line, expected)) return true;
  return false;
}

struct Connect : testing::Test {
  void SetUp() override {
    stage.start_tenant("demo.yaml");
    write_file(stage.folder / "teams.url", fmt::format("http://127.0.0.1:{}/teams", everyone.port()));
    write_file(stage.folder / "pagerduty.key", "0123456789abcdef0123456789abcdef");
  }

  [[nodiscard]] std::string here(const std::string& text) const { return replaced(text, kFolder, stage.folder); }
  [[nodiscard]] std::string there(const std::string& text) const {
    return replaced(text, stage.folder.string(), std::string(kFolder));
  }

  /// The tenant of the document, reached where it is simulated.
  void write_tenant(const Block& block) const {
    std::string text = fmt::format("transport:\n  ca_file: tenant/ca.pem\n  connect:\n");
    for (const auto* hosts : {"*.microsoftonline.com", "*.microsoft.com", "*.powerplatform.com", "*.dynamics.com"})
      text += fmt::format("    - {{hosts: '{}', to: '127.0.0.1:{}'}}\n", hosts, stage.tenant_port);
    for (const auto& line : block.lines) text += line + "\n";
    write_file(stage.folder / "tenant.yaml", here(text));
  }

  /// What only differs because everything is on one machine, and must not take an hour.
  void start_daemon() {
    const auto file = stage.folder / "a2od.yaml";
    auto text = replaced(read_file(file), "  receiver: operations\n", "  receiver: operations\n  group_wait: 1s\n");
    text += fmt::format("global: {{pagerduty_url: 'http://127.0.0.1:{}/pagerduty'}}\n", everyone.port());
    text += "rules: {evaluation_interval: 1s, resolution: 1s}\n";
    write_file(file, text);
    stage.daemon.emplace(
        std::vector<std::string>{program("a2od"), "run", file, "--storage.path", stage.folder / "state",
                                 "--web.listen-address", fmt::format("127.0.0.1:{}", stage.port)},
        stage.folder / "a2od.log");
    ASSERT_TRUE(stage.daemon->wait_for_output("listening on", 30s)) << stage.daemon->output();
  }

  std::string a2od(const std::string& command) {
    auto line = replaced(here(command), "a2od discover",
                         "a2od discover --rule-files '" A2OD_SOURCE_DIR "/rules/library/*.yml'");
    if (command.starts_with("a2od alerts")) line += fmt::format(" --server http://127.0.0.1:{}", stage.port);
    const auto finished = run({"/bin/bash", "-c", "PATH=" A2OD_BIN_DIR ":$PATH; " + line});
    EXPECT_EQ(finished.code, 0) << command << "\n" << finished.output;
    return finished.output;
  }

  std::string execute(const std::string& command) {
    if (command.starts_with("deploy/connect/")) return {};  // tests/deploy/connect
    if (command.starts_with("a2od run ")) {
      start_daemon();
      return {};
    }
    if (command.starts_with("a2od alerts StorageDeficit")) {
      EXPECT_TRUE(eventually([&] { return !everyone.requests_to("/pagerduty", 2).empty(); }, 60s));
      EXPECT_TRUE(eventually([&] { return a2od(command).contains("StorageDeficit"); }, 30s));
    }
    auto output = a2od(command);
    // The certificate that the simulated tenant knows, in the place of the new one.
    if (command.starts_with("openssl")) {
      EXPECT_THAT(read_file(stage.folder / "contoso.key"), HasSubstr("PRIVATE KEY"));
      fs::copy_file(stage.folder / "tenant/client.pem", stage.folder / "contoso.pem",
                    fs::copy_options::overwrite_existing);
      fs::copy_file(stage.folder / "tenant/client-key.pem", stage.folder / "contoso.key",
                    fs::copy_options::overwrite_existing);
    }
    if (command.starts_with("sed")) write_file(stage.folder / "a2od.yaml", here(read_file(stage.folder / "a2od.yaml")));
    if (command.starts_with("a2od discover")) output += read_file(stage.folder / "a2od.yaml");
    return output;
  }

  Everyone everyone;
  Stage stage{std::string("connect_") + testing::UnitTest::GetInstance()->current_test_info()->name()};
};

TEST_F(Connect, TheDocumentLeadsToTheFirstAlert) {
  std::string output;
  bool has_tenant = false;
  for (const auto& block : blocks_of(read_file(kDocument))) {
    if (block.language == "yaml" && !has_tenant) {
      write_tenant(block);
      has_tenant = true;
    }
    if (block.language == "sh") {
      output.clear();
      for (const auto& line : block.lines) output += there(execute(line));
    }
    if (block.language == "text")
      for (const auto& line : block.lines)
        EXPECT_TRUE(is_printed(line, output)) << "is not printed: " << line << "\namong\n" << output;
    ASSERT_FALSE(HasFatalFailure());
  }
  ASSERT_TRUE(stage.daemon);

  const auto written = read_file(stage.folder / "a2od.yaml");
  EXPECT_THAT(written, AllOf(Not(HasSubstr("PRIVATE KEY")), Not(HasSubstr("0123456789abcdef"))));
  const auto told = [&](const std::string& path, const std::string& what) {
    return eventually(
        [&] {
          std::string all;
          for (const auto& each : everyone.requests_to(path, 1)) all += each;
          return all.contains(what);
        },
        60s);
  };
  EXPECT_TRUE(told("/teams", "TEST, nothing is wrong")) << stage.daemon->output();
  EXPECT_TRUE(told("/pagerduty", "TEST, nothing is wrong")) << stage.daemon->output();
  EXPECT_TRUE(told("/pagerduty", "StorageDeficit")) << stage.daemon->output();
  EXPECT_TRUE(told("/teams", "Contoso Finance")) << stage.daemon->output();
  stage.daemon->signal(SIGTERM);
  EXPECT_EQ(stage.daemon->wait(20s), 0);
}

TEST_F(Connect, NothingIsWrittenOver) {
  write_tenant(
      {"yaml",
       {"tenants:", "  - name: contoso", "    tenant_id: 4c2f1b6e-0d6a-4f4e-9d0a-6a1f0c0de001",
        "    client_id: 9b1de0c5-7b0f-4c57-8d3e-2f6a0c0de002", "    client_secret: {file: tenant/client-secret}"}});
  const auto file = stage.folder / "mine.yaml";
  const auto link = stage.folder / "link.yaml";
  const auto discover = [&](std::vector<std::string> more) {
    std::vector<std::string> command{program("a2od"), "discover", "--config.file", stage.folder / "tenant.yaml",
                                     "--rights",      "0"};
    command.insert(command.end(), more.begin(), more.end());
    return run(command);
  };
  write_file(file, "precious");
  fs::permissions(file, fs::perms::owner_read | fs::perms::owner_write);
  fs::create_symlink(file, link);
  for (const auto& output : {file, link}) {
    const auto refused = discover({"-o", output});
    EXPECT_EQ(refused.code, 1);
    EXPECT_THAT(refused.output, HasSubstr("--force"));
    EXPECT_EQ(read_file(file), "precious");
  }
  const auto forced = discover({"-o", link, "--force"});
  EXPECT_EQ(forced.code, 0) << forced.output;
  EXPECT_TRUE(fs::is_symlink(link));
  EXPECT_THAT(read_file(file), HasSubstr("Contoso Production"));
  EXPECT_EQ(fs::status(file).permissions(), fs::perms::owner_read | fs::perms::owner_write);
  EXPECT_EQ(discover({"-o", stage.folder / "no" / "such"}).code, 1);
  const auto itself = discover({"-o", stage.folder / "tenant.yaml", "--force"});
  EXPECT_EQ(itself.code, 1);
  EXPECT_THAT(itself.output, HasSubstr("would be lost"));
  EXPECT_EQ(run({program("a2od"), "discover", "--diff", "--config.file", file}).output, "nothing differs\n");

  control(stage.tenant_port, "POST", "/control/environments", R"({"name": "Contoso New"})");
  control(stage.tenant_port, "DELETE", "/control/environments/Contoso%20UAT");
  const auto differs = run({program("a2od"), "discover", "--diff", "--config.file", file});
  EXPECT_EQ(differs.code, 1);
  EXPECT_THAT(differs.output, AllOf(HasSubstr("+ \"Contoso New\""), HasSubstr("- \"Contoso UAT\"")));
}

TEST(Discover, NamesWhatIsMissingAndReadsBackWhateverEnvironmentsAreCalled) {
  Stage stage("discover");
  stage.start_tenant(R"(
rights: []
environments:
  - {name: "Main \"prod\": #1 \\ {x}", domain: main}
  - {name: "two\nlines\u2028and \u202e", domain: two, denied_tables: [mailbox, workflow]}
  - {name: "Three", domain: three, application_user: false}
  - {name: "Four", domain: four, provisioning_state: LinkedDatabaseProvisioning}
  - {name: "Five", domain: five, dataverse: false}
)");
  stage.collectors = "\n  mailboxes: {interval: 20m}\n  plugins: {enabled: false}\n";
  stage.write_configuration();
  const auto written = stage.folder / "new" / "a2od.yaml";
  fs::create_directory(written.parent_path());
  const auto discovered =
      run({program("a2od"), "discover", "--config.file", stage.folder / "a2od.yaml", "-o", written});
  ASSERT_EQ(discovered.code, 0) << discovered.output;
  EXPECT_THAT(
      discovered.output,
      AllOf(
          HasSubstr("3 environments listed, 2 left out, rights compared in 3"),
          HasSubstr("missing  Application.Read.All for identity/application\n"),
          HasSubstr("missing  application user in the environment for dataverse/whoami, dataverse/organization, in 1 "
                    "of 3 environments: \"Three\""),
          HasSubstr(R"(missing  prvReadMailbox for mailboxes/mailboxes, in 1 of 3 environments: "two lines\u2028and)"),
          HasSubstr("missing  prvReadWorkflow for flows/definitions, in 1 of 3 environments")));

  const auto checked = run({program("a2od"), "check", "config", written});
  EXPECT_EQ(checked.code, 0) << checked.output;
  EXPECT_THAT(checked.output, AllOf(HasSubstr("discovered, 3 listed"), HasSubstr("mailboxes            every 20m"),
                                    HasSubstr("plugins              off")));
  const auto access = run({program("a2od"), "check", "access", R"(Main "prod": #1 \ {x})", "--config.file", written});
  EXPECT_THAT(access.output, AllOf(HasSubstr("held                 mailbox"), Not(HasSubstr("plugintracelog"))));
}

TEST_F(Connect, WhoMayNotListIsToldWhatToDo) {
  Stage other("connect_denied");
  other.start_tenant("administrator: false\nenvironments:\n  - name: Main\n");
  stage.tenant_port = other.tenant_port;
  fs::remove_all(stage.folder / "tenant");
  fs::copy(other.folder / "tenant", stage.folder / "tenant", fs::copy_options::recursive);
  write_tenant(
      {"yaml",
       {"tenants:", "  - name: contoso", "    tenant_id: 4c2f1b6e-0d6a-4f4e-9d0a-6a1f0c0de001",
        "    client_id: 9b1de0c5-7b0f-4c57-8d3e-2f6a0c0de002", "    client_secret: {file: tenant/client-secret}"}});
  const auto denied = run(
      {program("a2od"), "discover", "--config.file", stage.folder / "tenant.yaml", "-o", stage.folder / "a2od.yaml"});
  EXPECT_EQ(denied.code, 1);
  EXPECT_THAT(denied.output, HasSubstr("missing right: Power Platform management application"));
  EXPECT_FALSE(fs::exists(stage.folder / "a2od.yaml"));
}

TEST_F(Connect, WrongOptionsAreNamedBeforeAnybodyIsAsked) {
  const auto discover = [](std::vector<std::string> options) {
    options.insert(options.begin(), {program("a2od"), "discover"});
    return run(options);
  };
  EXPECT_EQ(discover({"--name", "x"}).code, 2);
  EXPECT_EQ(discover({"--tenant-id", "contoso.com", "--name", "x", "--config.file", "y"}).code, 2);
  EXPECT_EQ(
      discover({"--tenant-id", "contoso.com", "--name", "x", "--managed-identity", "--certificate-file", "y"}).code, 2);
  const auto unsigned_ = discover({"--tenant-id", "not a tenant", "--name", "x", "--client-id", "y"});
  EXPECT_EQ(unsigned_.code, 1);
  EXPECT_THAT(unsigned_.output, AllOf(HasSubstr("the command line: tenants[0].tenant_id: "), HasSubstr("client_secret"),
                                      HasSubstr("tenants[0].client_id: ")));
}

}  // namespace
}  // namespace a2od::end_to_end
