// Someone has taken care of an alert: until when nobody is told of it again. No clock, socket, thread or file.
#pragma once

#include "config/matcher.hpp"
#include "config/result.hpp"
#include "config/time.hpp"
#include "rules/series/labels.hpp"

#include <chrono>
#include <string>
#include <vector>

namespace a2od {

/// Ends with the alert, or when it expires.
struct Acknowledgement {
  std::string owner;
  std::string comment;
  Timestamp created_at{};
  Timestamp expires_at{};
  bool operator==(const Acknowledgement&) const = default;
};

inline constexpr Milliseconds kStandardAcknowledgement = std::chrono::hours(8);
inline constexpr Milliseconds kLongestAcknowledgement = std::chrono::days(7);

/// What one must be to be taken: an owner and a comment, short and in UTF-8; it ends after it begins, within a week.
[[nodiscard]] Result<void> check_acknowledgement(const Acknowledgement& acknowledgement);

/// Which alerts are meant: the one with this fingerprint, or those that all matchers match.
struct AlertSelection {
  std::string fingerprint{};        ///< empty: the matchers say
  std::vector<Matcher> matchers{};  ///< at least one that does not match the empty text
};

/// With a fingerprint or matchers, not both; matchers that match everything are an error.
[[nodiscard]] Result<void> check_selection(const AlertSelection& selection);

struct AcknowledgedAlert {
  std::string fingerprint;
  Labels labels;
  Acknowledgement acknowledgement;
};

}  // namespace a2od
