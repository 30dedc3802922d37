// Addresses of mail as people write them: `ops@contoso.com, "Doe, Jane" <jane@contoso.com>`.
#pragma once

#include "config/result.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace a2od {

struct Mailbox {
  std::string name;  ///< UTF-8, may be empty
  std::string
      address;  ///< as SMTP takes it: ASCII without control characters; angle brackets and spaces only in quotes
  bool operator==(const Mailbox&) const = default;
};

/// A list divided by commas, in which empty entries do not count. Comments in parentheses are skipped; groups are
/// refused. At most 100 addresses in 64 KiB.
[[nodiscard]] Result<std::vector<Mailbox>> parse_mailboxes(std::string_view text);

}  // namespace a2od
