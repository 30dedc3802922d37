// /api/v1/alerts/test: drills, in the shape of Prometheus' answers; pure functions.
#pragma once

#include "daemon/notify/drill/drill.hpp"
#include "daemon/web/api/reply.hpp"

#include <expected>
#include <string>
#include <string_view>

namespace a2od {

/// A POST's body: `labels` and `annotations`, objects of texts; `receiver`; `askedBy`; `send` and `page`, false by
/// default; `firesFor` (0s); `id`, of a drill that this one belongs to; `only`, an object with `receiver`, `by` and
/// `integration`. Who asks is also whoever is signed in as `user`, else somebody at `peer`. What it holds is not
/// checked.
[[nodiscard]] std::expected<DrillRequest, ApiReply> read_posted_drill(std::string_view body, const std::string& user,
                                                                      std::string_view peer);

/// All steps. 200 also where nothing was delivered: `good` says whether all was.
[[nodiscard]] ApiReply answer_drill(const Result<Drill>& drill);

}  // namespace a2od
