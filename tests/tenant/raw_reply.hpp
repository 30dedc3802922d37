// Replies whose bytes misbehave: late, dripping, cut, huge.
#pragma once

#include "config/time.hpp"
#include "daemon/http/server.hpp"

#include <cstdint>

namespace a2od::tenant {

[[nodiscard]] HttpReply late_reply(HttpReply reply, Milliseconds delay);
[[nodiscard]] HttpReply dripping_reply(HttpReply reply, std::uint64_t bytes_at_once, Milliseconds pause);
/// `bytes` of head and body, then a reset.
[[nodiscard]] HttpReply cut_reply_after(HttpReply reply, std::uint64_t bytes);
/// The connection is reset before a byte is sent.
[[nodiscard]] HttpReply cut_reply();
/// A JSON object of `bytes`, made while it is sent.
[[nodiscard]] HttpReply huge_reply(std::uint64_t bytes);

}  // namespace a2od::tenant
