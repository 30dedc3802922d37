#include "collectors/async/task_group.hpp"
#include "collectors/inventory/inventory.hpp"
#include "config/quote.hpp"
#include "config/read.hpp"
#include "daemon/commands/commands.hpp"
#include "daemon/commands/examination.hpp"
#include "daemon/commands/rights.hpp"
#include "daemon/discovery/configuration_text.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <optional>
#include <system_error>
#include <utility>

namespace a2od {

namespace asio = boost::asio;
namespace fs = std::filesystem;

namespace {

constexpr std::string_view kCommandLine = "the command line";
constexpr std::size_t kAtOnce = 8;  // environments whose rights are compared beside each other

std::string absolute(const std::string& path) { return fs::absolute(path).lexically_normal().string(); }

/// A tenant as the options say, not checked yet.
TenantConfig tenant_of(const DiscoverQuestion& question) {
  TenantConfig tenant{.name = question.name, .cloud = question.cloud, .tenant_id = question.tenant_id};
  if (question.managed_identity) {
    tenant.managed_identity = ManagedIdentity{.client_id = question.client_id};
    return tenant;
  }
  tenant.client_id = question.client_id;
  if (!question.client_secret_file.empty())
    tenant.client_secret = SecretSource{SecretFile{absolute(question.client_secret_file)}};
  if (!question.certificate_file.empty()) {
    const auto& key = question.key_file.empty() ? question.certificate_file : question.key_file;
    tenant.certificate =
        CertificateCredential{.certificate_file = absolute(question.certificate_file), .key_file = absolute(key)};
  }
  if (!question.federated_token_file.empty())
    tenant.federated_token = SecretSource{SecretFile{absolute(question.federated_token_file)}};
  return tenant;
}

std::vector<std::string> rule_files_of(const DiscoverQuestion& question) {
  if (question.rule_files.empty()) return {"/usr/share/a2od/rules/*.yml"};
  std::vector<std::string> files;
  for (const auto& file : question.rule_files) files.push_back(absolute(file));
  return files;
}

std::expected<Config, Problems> read_text(const std::string& text) {
  std::vector<std::string_view> names;
  for (const auto& collector : all_collectors()) names.push_back(collector.name);
  return parse_config(std::string(kCommandLine), text, {.collectors = names});
}

/// What will be written as far as it is known before anything was asked, read again: so options are checked as keys
/// are.
std::expected<Config, Problems> checked(const FoundConfiguration& asked, const Config& given = {}) {
  auto config = read_text(configuration_text(asked, given, all_collectors(), {}));
  if (config) return config;
  auto problems = config.error();
  for (auto& problem : problems) problem.where = {};  // of a text that nobody has written
  return std::unexpected(std::move(problems));
}

/// The tenants that are asked and the way to them, from the file or as options describe them.
std::expected<Config, Problems> configuration_of(const DiscoverQuestion& question) {
  FoundConfiguration asked{.rule_files = rule_files_of(question)};
  if (!question.tenant_id.empty()) {
    asked.tenants.push_back({.tenant = tenant_of(question)});
    return checked(asked);
  }
  auto loaded = load(question.config_file, {});
  if (!loaded) return std::unexpected(std::move(loaded.error()));
  if (loaded->config.tenants.empty())
    return std::unexpected(Problems{{question.config_file,
                                     {},
                                     "names no tenant to ask; --name, --tenant-id, --client-id and a way to sign in "
                                     "describe one"}});
  for (const auto& tenant : loaded->config.tenants) asked.tenants.push_back({.tenant = tenant});
  asked.transport = loaded->config.transport;
  const auto good = checked(asked, loaded->config);
  if (!good) return std::unexpected(good.error());
  return std::move(loaded->config);
}

void add_lacking(std::vector<LackingRight>& lacking, const TriedPart& tried, const std::string& environment) {
  if (tried.right != TableRight::missing && tried.right != TableRight::unknown) return;
  lacking.push_back({.right = tried.right,
                     .name = tried.name,
                     .used_by = fmt::format("{}/{}", tried.collector, tried.part),
                     .environment = environment,
                     .why = tried.error});
}

bool let_in(const std::vector<TriedPart>& tried) {
  return std::ranges::all_of(
      tried, [](const TriedPart& each) { return each.part != "whoami" || each.right == TableRight::held; });
}

/// Tables are compared where Dataverse lets us in: elsewhere that alone is what is lacking.
asio::awaitable<std::vector<LackingRight>> compare_rights(Examined& of) {
  std::vector<LackingRight> lacking;
  const auto tried = co_await try_parts(of, Scope::environment);
  for (const auto& each : tried) add_lacking(lacking, each, of.environment.name);
  if (!of.environment.has_dataverse() || !let_in(tried)) co_return lacking;
  const auto tables = co_await compare_tables(of);
  if (!tables) {
    lacking.push_back({.right = TableRight::unknown,
                       .name = "rights to tables",
                       .used_by = "all that reads them",
                       .environment = of.environment.name,
                       .why = tables.error()});
    co_return lacking;
  }
  for (const auto& table : *tables)
    if (table.right == TableRight::missing || table.right == TableRight::unknown)
      lacking.push_back({.right = table.right,
                         .name = table.privilege.empty() ? table.table : table.privilege,
                         .used_by = users_of(of, table.table),
                         .environment = of.environment.name,
                         .why = table.why});
  co_return lacking;
}

/// The environments whose rights are compared, and who takes the next.
struct Comparison {
  Examined& of;
  std::span<const Environment> environments;
  std::vector<std::vector<LackingRight>> lacking;
  std::size_t next = 0;
};

asio::awaitable<void> compare_next(Comparison& comparison) {
  while (comparison.next < comparison.environments.size()) {
    const auto at = comparison.next++;
    const auto& of = comparison.of;
    Examined one{
        of.config, of.collectors, of.tenant, of.clock, of.session, of.environments, comparison.environments[at]};
    auto lacking = co_await compare_rights(one);
    comparison.lacking[at] = std::move(lacking);
  }
}

asio::awaitable<void> compare_environments(Examined& of, std::size_t most, FoundTenant& found) {
  const std::span all(found.estate.listed);
  const auto chosen = all.first(std::min(most, all.size()));
  Comparison comparison{.of = of, .environments = chosen, .lacking = {}};
  comparison.lacking.resize(chosen.size());
  std::string failure;
  TaskGroup workers(co_await asio::this_coro::executor,
                    [&failure](const std::string&, const std::exception& error) { failure = error.what(); });
  for (std::size_t i = 0; i < std::min(kAtOnce, chosen.size()); ++i) workers.spawn("rights", compare_next(comparison));
  co_await workers.join();
  if (!failure.empty()) throw std::runtime_error(failure);
  for (auto& each : comparison.lacking) std::ranges::move(each, std::back_inserter(found.lacking));
  found.compared = chosen.size();
}

void say_why(const TenantConfig& tenant, const cloud::Failure& failure) {
  const auto part = failed_part("environments", failure, inventory::kParts[0].right);
  fmt::print(stderr, "a2od: the environments of tenant '{}' cannot be listed: {}\n", tenant.name, failure.message);
  if (failure.cause == cloud::Cause::denied)
    fmt::print(stderr,
               "missing right: {}. An administrator gives it: /usr/share/doc/a2od/CONNECT.md, step 2. An application "
               "that may\nnot list environments watches those that environments.list names with their addresses.\n",
               part.missing_right);
}

asio::awaitable<cloud::Reply<std::vector<inventory::Record>>> read_inventory(Examined& of) {
  cloud::RunSession session(of.session, of.clock.now(), std::chrono::minutes(3));
  auto run = run_of(of, session, nullptr);
  co_return co_await inventory::read(run);
}

/// Adds the tenant to what was found; whether it could be asked.
asio::awaitable<bool> discover_tenant(Examined& of, std::size_t compared, std::vector<FoundTenant>& all) {
  const auto records = co_await read_inventory(of);
  if (!records) {
    say_why(of.tenant, records.error());
    co_return false;
  }
  FoundTenant found{.tenant = of.tenant, .estate = estate_of(of.tenant, *records)};
  const Environment none;
  Examined known{of.config, of.collectors, of.tenant, of.clock, of.session, found.estate.listed, none};
  if (compared > 0) {
    const auto tried = co_await try_parts(known, Scope::tenant);
    for (const auto& each : tried) add_lacking(found.lacking, each, "");
    co_await compare_environments(known, compared, found);
  }
  all.push_back(std::move(found));
  co_return true;
}

asio::awaitable<bool> print_differences(Examined& of, bool& differs) {
  const auto records = co_await read_inventory(of);
  if (!records) {
    say_why(of.tenant, records.error());
    co_return false;
  }
  const auto lines = differences(of.tenant, *records);
  for (const auto& line : lines) fmt::print("{}\n", of.config.tenants.size() > 1 ? of.tenant.name + " " + line : line);
  differs = differs || !lines.empty();
  co_return true;
}

int show_differences(const Config& config) {
  bool differs = false;
  const int code = examine_tenants(config, *collectors_of(config),
                                   [&differs](Examined& of) { return print_differences(of, differs); });
  if (code == 0 && !differs) fmt::print("nothing differs\n");
  return code != 0 || differs ? 1 : 0;
}

std::string what_went_wrong(const std::string& file) {
  return fmt::format("a2od: {} cannot be written: {}\n", file, std::generic_category().message(errno));
}

bool write_all(int descriptor, std::string_view text) {
  while (!text.empty()) {
    const auto written = ::write(descriptor, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return ::fsync(descriptor) == 0;
}

/// A new file, whole or not at all. Throws where that fails.
void create_file(const std::string& file, std::string_view text) {
  const int descriptor = ::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
  if (descriptor < 0) throw std::runtime_error(what_went_wrong(file));
  const bool written = write_all(descriptor, text);
  const auto why = what_went_wrong(file);
  const bool closed = ::close(descriptor) == 0;
  if (written && closed) return;
  ::unlink(file.c_str());
  throw std::runtime_error(why);
}

/// Takes the place of the file that a name or a link leads to, and keeps its owner and mode.
void replace_file(const std::string& file, std::string_view text) {
  const std::string real = fs::weakly_canonical(file);
  const auto fresh = fmt::format("{}.{}.new", real, ::getpid());
  create_file(fresh, text);
  struct stat before = {};
  if (::stat(real.c_str(), &before) == 0) {
    // Only root gives files away: then they remain the writer's.
    [[maybe_unused]] const int given = ::chown(fresh.c_str(), before.st_uid, before.st_gid);
    ::chmod(fresh.c_str(), before.st_mode & 07777U);
  }
  if (::rename(fresh.c_str(), real.c_str()) == 0) return;
  const auto why = what_went_wrong(file);
  ::unlink(fresh.c_str());
  throw std::runtime_error(why);
}

void summarise(const FoundConfiguration& found, const DiscoverQuestion& question) {
  for (const auto& each : found.tenants) {
    fmt::print(stderr, "{}: {} environments listed, {} left out, rights compared in {}\n", each.tenant.name,
               each.estate.listed.size(), each.estate.left_out.size(), each.compared);
    const auto lines = rights_text(each);
    for (const auto& line : lines) fmt::print(stderr, "  {}\n", line);
  }
  if (question.tenant_id.empty())
    fmt::print(stderr, "of {} tenants, transport and collectors are kept, and nothing else\n", question.config_file);
  if (question.output.empty()) return;
  fmt::print(stderr, "{} is written. Next: a2od check config {}\n", question.output, question.output);
}

int write_configuration(const FoundConfiguration& found, const Config& config, const DiscoverQuestion& question) {
  const auto text = configuration_text(found, config, all_collectors(), SystemClock().wall());
  // What services said must not make it another configuration than is meant.
  if (const auto good = read_text(text); !good) {
    fmt::print(stderr, "a2od: what was found makes no configuration; please report this:\n");
    print(good.error());
    return 1;
  }
  if (question.output.empty())
    fmt::print("{}", text);
  else if (question.force)
    replace_file(question.output, text);
  else
    create_file(question.output, text);
  summarise(found, question);
  return 0;
}

/// What else stands in the file that tenants are asked with would be lost.
bool is_source(const DiscoverQuestion& question) {
  std::error_code ignored;
  return question.tenant_id.empty() && fs::equivalent(question.output, question.config_file, ignored);
}

bool is_there(const std::string& file) {
  std::error_code ignored;
  return fs::exists(fs::symlink_status(file, ignored));
}

}  // namespace

int discover(const DiscoverQuestion& question) {
  if (!question.output.empty() && !question.force && is_there(question.output)) {
    fmt::print(stderr, "a2od: {} is there already; --force writes over it\n", question.output);
    return 1;
  }
  if (!question.output.empty() && is_source(question)) {
    fmt::print(
        stderr,
        "a2od: {} is asked with, and all but its tenants, transport and collectors would be lost; write another file\n",
        question.output);
    return 1;
  }
  const auto config = configuration_of(question);
  if (!config) {
    print(config.error());
    return 1;
  }
  if (question.differences) return show_differences(*config);
  FoundConfiguration found{.transport = config->transport, .rule_files = rule_files_of(question)};
  const auto collectors = std::vector(all_collectors().begin(), all_collectors().end());
  const int code = examine_tenants(*config, collectors,
                                   [&](Examined& of) { return discover_tenant(of, question.compared, found.tenants); });
  return code != 0 ? code : write_configuration(found, *config, question);
}

}  // namespace a2od
