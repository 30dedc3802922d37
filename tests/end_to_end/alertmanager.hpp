// Debian's Alertmanager, as a peer that a test starts.
#pragma once

#include "tests/end_to_end/process.hpp"

#include <boost/json/array.hpp>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace a2od::end_to_end {

class Alertmanager {
 public:
  /// In a folder of its own below `folder`, with a routing file that tells nobody unless another is given.
  Alertmanager(const std::filesystem::path& folder, const std::string& name,
               const std::string& routing = "route: {receiver: nobody}\nreceivers: [{name: nobody}]\n");

  /// Returns when it is ready; false when it has ended instead.
  bool start(const std::vector<std::string>& options = {});

  /// Names of alerts that fire, sorted.
  [[nodiscard]] std::vector<std::string> firing() const;
  [[nodiscard]] boost::json::array alerts() const;

 private:
  std::filesystem::path folder_;

 public:
  std::uint16_t port;
  std::string headers;  ///< sent with each request
  std::optional<Process> process;
};

}  // namespace a2od::end_to_end
