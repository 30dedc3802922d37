// The API of acknowledgements, in the shape of Prometheus' answers; pure functions.
#pragma once

#include "daemon/notify/acknowledgement.hpp"
#include "daemon/web/api/reply.hpp"

#include <expected>
#include <span>
#include <string_view>
#include <vector>

namespace a2od {

/// Each with `fingerprint`, `labels`, `owner`, `comment`, `createdAt` and `expiresAt`.
[[nodiscard]] ApiReply answer_acknowledgements(std::span<const AcknowledgedAlert> alerts);

struct PostedAcknowledgement {
  AlertSelection selection;
  Acknowledgement acknowledgement;
};
/// A POST's body: `fingerprint`, or `matchers`, a list of texts such as severity="page"; `owner`, `comment`, and
/// `duration` (8h). Whether they may be taken is not checked.
[[nodiscard]] std::expected<PostedAcknowledgement, ApiReply> read_posted_acknowledgement(std::string_view body,
                                                                                         Timestamp now);
/// Those that were acknowledged, or why none was.
[[nodiscard]] ApiReply answer_posted_acknowledgement(const Result<std::vector<AcknowledgedAlert>>& taken);
[[nodiscard]] ApiReply answer_withdrawn_acknowledgement(std::string_view fingerprint, bool withdrawn);

}  // namespace a2od
