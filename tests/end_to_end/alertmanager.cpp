#include "tests/end_to_end/alertmanager.hpp"

#include "tests/end_to_end/http.hpp"
#include "tests/end_to_end/stage.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>

namespace a2od::end_to_end {
namespace {

using namespace std::chrono_literals;

/// Debian's Alertmanager reads its templates below /usr/share: it runs where that is the folder of its package.
std::vector<std::string> with_its_templates() {
  std::vector<std::string> command{"/usr/bin/unshare", "--mount"};
  if (::getuid() != 0) command.insert(command.end(), {"--user", "--map-root-user"});
  command.insert(command.end(),
                 {"/bin/sh", "-c", "mount --bind " A2OD_PEER_FILES "/share /usr/share && exec \"$@\"", "sh"});
  return command;
}

}  // namespace

Alertmanager::Alertmanager(const std::filesystem::path& folder, const std::string& name, const std::string& routing)
    : folder_(folder / name), port(free_port()) {
  std::filesystem::create_directories(folder_);
  write_file(folder_ / "alertmanager.yml", routing);
}

bool Alertmanager::start(const std::vector<std::string>& options) {
  auto command = with_its_templates();
  command.insert(command.end(),
                 {A2OD_PEERS_DIR "/prometheus-alertmanager", "--config.file=" + (folder_ / "alertmanager.yml").string(),
                  "--storage.path=" + (folder_ / "data").string(),
                  "--cluster.listen-address=", fmt::format("--web.listen-address=127.0.0.1:{}", port)});
  command.insert(command.end(), options.begin(), options.end());
  process.emplace(command, folder_ / "log");
  return eventually([&] { return get(port, "/-/ready").status != 0 || !process->running(); }, 30s) &&
         process->running();
}

std::vector<std::string> Alertmanager::firing() const {
  std::vector<std::string> names;
  for (const auto& alert : alerts()) names.emplace_back(alert.at("labels").at("alertname").as_string());
  std::ranges::sort(names);
  return names;
}

boost::json::array Alertmanager::alerts() const {
  boost::system::error_code failure;
  const auto answer = boost::json::parse(get(port, "/api/v2/alerts", headers).body, failure);
  return failure || !answer.is_array() ? boost::json::array() : answer.as_array();
}

}  // namespace a2od::end_to_end
