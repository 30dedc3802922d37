// Alertmanager's API: silences.
#pragma once

#include "daemon/notify/silences.hpp"
#include "daemon/web/api/parameters.hpp"
#include "daemon/web/api/reply.hpp"
#include "daemon/web/api_v2/request.hpp"

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>

#include <span>
#include <string_view>
#include <vector>

namespace a2od {

/// `filter`: of the silence's own matchers, as Alertmanager compares them; `active`, `pending` and `expired`. Active
/// ones first, those that end soonest before others; then pending ones, and expired ones, the latest first.
[[nodiscard]] ApiReply answer_v2_silences(const Silences& silences, const Parameters& parameters, Timestamp now);
[[nodiscard]] ApiReply answer_v2_silence(const Silences& silences, std::string_view id, Timestamp now);

/// Matchers as the API has them: name, value, isRegex, isEqual.
[[nodiscard]] boost::json::array matcher_list(std::span<const Matcher> matchers);
[[nodiscard]] api_v2::Read<std::vector<Matcher>> read_matcher_list(const boost::json::value& list);

/// A POST's body: a silence with an id to change it, without for a new one.
[[nodiscard]] api_v2::Read<Silence> read_posted_silence(std::string_view body, Timestamp now);
/// {"silenceID": "…"}
[[nodiscard]] ApiReply answer_posted_silence(const Result<std::string>& id);
[[nodiscard]] ApiReply answer_deleted_silence(const Result<void>& expired);

}  // namespace a2od
