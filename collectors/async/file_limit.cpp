#include "collectors/async/file_limit.hpp"

#include <fmt/format.h>
#include <sys/resource.h>

namespace a2od {

FileLimit raise_file_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return {};
  const rlim_t before = limit.rlim_cur;
  limit.rlim_cur = limit.rlim_max;
  const bool raised = setrlimit(RLIMIT_NOFILE, &limit) == 0;
  return {.soft = raised ? limit.rlim_cur : before, .hard = limit.rlim_max};
}

std::optional<std::string> file_limit_warning(const FileLimit& limit, std::uint64_t needed) {
  if (limit.soft >= needed) return std::nullopt;
  return fmt::format(
      "at most {} files may be open, {} are needed: raise LimitNOFILE of the service (or `ulimit -Hn`) to {} or more",
      limit.soft, needed, needed);
}

}  // namespace a2od
