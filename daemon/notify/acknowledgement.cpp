#include "daemon/notify/acknowledgement.hpp"

#include "config/utf8.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <utility>

namespace a2od {

Result<void> check_acknowledgement(const Acknowledgement& acknowledgement) {
  constexpr std::size_t kLongestText = 1024;
  for (const auto& [name, text] :
       {std::pair("owner", &acknowledgement.owner), std::pair("comment", &acknowledgement.comment)}) {
    if (text->empty()) return failure(fmt::format("{} is empty: others will want to know", name));
    if (text->size() > kLongestText) return failure(fmt::format("{} is over {} bytes", name, kLongestText));
    if (!is_valid_utf8(*text)) return failure(fmt::format("{} must be UTF-8", name));
  }
  const auto length = acknowledgement.expires_at - acknowledgement.created_at;
  if (length <= Milliseconds(0) || length > kLongestAcknowledgement)
    return failure("an acknowledgement lasts longer than nothing and at most 7d: a silence may last longer");
  return {};
}

Result<void> check_selection(const AlertSelection& selection) {
  if (selection.fingerprint.empty() == selection.matchers.empty())
    return failure("expected either a fingerprint or matchers: which alerts are acknowledged");
  const auto matches_nothing = [](const Matcher& matcher) { return matcher.matches(std::string_view()); };
  if (!selection.matchers.empty() && std::ranges::all_of(selection.matchers, matches_nothing))
    return failure("at least one matcher must not match the empty text: these would match every alert");
  return {};
}

}  // namespace a2od
