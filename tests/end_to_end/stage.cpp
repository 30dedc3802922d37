#include "tests/end_to_end/stage.hpp"

#include <boost/json/parse.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace a2od::end_to_end {

namespace json = boost::json;
using namespace std::chrono_literals;

namespace {

constexpr auto kReady = 30s;

std::string member(const json::object& object, const char* name) {
  const auto* value = object.if_contains(name);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

}  // namespace

std::string url_encoded(const std::string& text) {
  std::string out;
  for (const char c : text)
    out += std::isalnum(static_cast<unsigned char>(c)) != 0 ? std::string(1, c)
                                                            : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  return out;
}

std::string program(const std::string& name) { return A2OD_BIN_DIR "/" + name; }

void write_file(const std::filesystem::path& path, const std::string& text) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << text;
}

Stage::Stage(const std::string& name) : folder(std::filesystem::path(A2OD_BIN_DIR).parent_path() / "stages" / name) {
  std::filesystem::remove_all(folder);
  std::filesystem::create_directories(folder);
}

void Stage::start_tenant(const std::string& scenario) {
  auto file = std::filesystem::path(A2OD_SOURCE_DIR "/tests/tenant/scenarios") / scenario;
  if (scenario.find('\n') != std::string::npos) {
    file = folder / "scenario.yaml";
    write_file(file, scenario);
  }
  tenant.emplace(
      std::vector{program("simulated_tenant"), std::string("--scenario"), file.string(), std::string("--listen"),
                  fmt::format("127.0.0.1:{}", tenant_port), std::string("--directory"), (folder / "tenant").string()},
      folder / "tenant.log");
  if (!tenant->wait_for_output("listening on", kReady)) throw std::runtime_error("tenant: " + tenant->output());
}

void Stage::start_receiver(const std::string& replies) {
  std::vector<std::string> command{program("demo_receiver"), "--listen", fmt::format("127.0.0.1:{}", receiver_port),
                                   "--record", (folder / "received.jsonl").string()};
  if (!replies.empty()) command.insert(command.end(), {"--reply", replies});
  receiver.emplace(command, folder / "receiver.log");
  if (!receiver->wait_for_output("listening on", kReady)) throw std::runtime_error("receiver: " + receiver->output());
}

void Stage::start_prometheus(const std::string& config, const std::vector<std::string>& options) {
  write_file(folder / "prometheus.yml", config);
  std::vector<std::string> command{A2OD_PEERS_DIR "/prometheus",
                                   "--config.file=" + (folder / "prometheus.yml").string(),
                                   "--storage.tsdb.path=" + (folder / "tsdb").string(),
                                   fmt::format("--web.listen-address=127.0.0.1:{}", prometheus_port)};
  command.insert(command.end(), options.begin(), options.end());
  prometheus.emplace(command, folder / "prometheus.log");
  if (!eventually([&] { return get(prometheus_port, "/-/ready").status == 200; }, kReady))
    throw std::runtime_error("Prometheus: " + prometheus->output());
}

void Stage::start_prometheus_beside() {
  start_prometheus(fmt::format(R"(
global: {{scrape_interval: 2s, evaluation_interval: 2s}}
rule_files: ["{}/rules/library/*.yml"]
scrape_configs:
  - job_name: a2od
    static_configs: [{{targets: ["127.0.0.1:{}"]}}]
)",
                               A2OD_SOURCE_DIR, port));
}

void Stage::write_configuration() {
  const auto to_receiver = fmt::format(R"(route:
  {{receiver: on-call, group_by: [alertname, environment], group_wait: 0s, group_interval: 1s, repeat_interval: 4h}}
receivers:
  - name: on-call
    webhook_configs:
      - url: http://127.0.0.1:{}/alerts
)",
                                       receiver_port);
  write_file(folder / "a2od.yaml",
             fmt::format(R"(tenants:
  - name: contoso
    tenant_id: 4c2f1b6e-0d6a-4f4e-9d0a-6a1f0c0de001
    client_id: 9b1de0c5-7b0f-4c57-8d3e-2f6a0c0de002
    client_secret: {{file: tenant/client-secret}}
    requests_per_day: 100000000
    service_protection_share: 50%
{8}transport:
  ca_file: tenant/ca.pem
  max_body: {7}
  first_byte_timeout: 3s
  connect_timeout: 3s
  connect:
    - {{hosts: "*.microsoftonline.com", to: "127.0.0.1:{0}"}}
    - {{hosts: "*.microsoft.com", to: "127.0.0.1:{0}"}}
    - {{hosts: "*.powerplatform.com", to: "127.0.0.1:{0}"}}
    - {{hosts: "*.dynamics.com", to: "127.0.0.1:{0}"}}
collectors:{3}rule_files:
{4}rules:
{5}{1}storage: {{path: state}}
web: {{listen_address: "127.0.0.1:{2}"{9}}}
{6})",
                         tenant_port, routing.value_or(to_receiver), port, collectors, rule_files, rules, more,
                         max_body, more_tenants, external_url.empty() ? "" : ", external_url: " + external_url));
}

bool Stage::start_daemon() {
  write_configuration();
  daemon.emplace(std::vector<std::string>{program("a2od"), "run", (folder / "a2od.yaml").string()},
                 folder / "a2od.log");
  return daemon->wait_for_output("listening on", kReady);
}

json::value Stage::api(const std::string& path) const {
  const auto reply = get(port, path);
  boost::system::error_code failure;
  auto value = json::parse(reply.body, failure);
  return failure ? json::value() : value;
}

std::vector<double> Stage::query(const std::string& expression) const {
  const auto answer = api("/api/v1/query?query=" + url_encoded(expression));
  std::vector<double> values;
  if (!answer.is_object() || member(answer.get_object(), "status") != "success") return values;
  for (const auto& row : answer.at("data").at("result").as_array())
    values.push_back(std::stod(std::string(row.at("value").as_array().at(1).as_string())));
  return values;
}

std::vector<std::string> Stage::alerts(const std::string& state) const {
  const auto answer = api("/api/v1/alerts");
  std::vector<std::string> found;
  if (!answer.is_object()) return found;
  for (const auto& alert : answer.at("data").at("alerts").as_array()) {
    if (alert.at("state").as_string() != state) continue;
    const auto& labels = alert.at("labels").as_object();
    found.push_back(member(labels, "alertname") + " " + member(labels, "environment"));
  }
  std::ranges::sort(found);
  return found;
}

std::vector<json::value> Stage::received() const {
  std::vector<json::value> bodies;
  std::ifstream file(folder / "received.jsonl");
  for (std::string line; std::getline(file, line);) {
    boost::system::error_code failure;
    auto value = json::parse(line, failure);
    if (!failure) bodies.push_back(std::move(value));
  }
  return bodies;
}

bool Stage::was_told(const std::string& alertname, const std::string& status) const {
  for (const auto& body : received())
    for (const auto& alert : body.at("alerts").as_array())
      if (alert.at("status").as_string() == status && alert.at("labels").at("alertname").as_string() == alertname)
        return true;
  return false;
}

}  // namespace a2od::end_to_end
