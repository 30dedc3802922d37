#include "daemon/notify/learning.hpp"

#include <fmt/format.h>

#include <optional>

namespace a2od {
namespace {

std::string describe(const AlertNotice& notice) {
  const auto summary = notice.annotations.find("summary");
  return fmt::format("{}{}{}", notice.labels.to_string(), summary == notice.annotations.end() ? "" : ": ",
                     summary == notice.annotations.end() ? "" : summary->second);
}

}  // namespace

std::vector<std::string> Learning::news(std::span<const AlertNotice> notices, Timestamp now) {
  std::vector<std::string> lines;
  for (const auto& notice : notices) {
    const auto id = fingerprint(notice.labels);
    const bool fires = notice.ends_at == Timestamp{} || notice.ends_at > now;
    const bool changed = fires ? firing_.insert(id).second : firing_.erase(id) > 0;
    if (changed) lines.push_back(fmt::format("{} {}", fires ? "firing" : "resolved", describe(notice)));
  }
  return lines;
}

}  // namespace a2od
