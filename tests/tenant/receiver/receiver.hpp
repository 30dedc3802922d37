// A webhook receiver for demonstrations and tests: prints messages, keeps them, and answers as it was told to.
#pragma once

#include "config/result.hpp"
#include "config/time.hpp"
#include "daemon/http/server.hpp"
#include "tests/tenant/receiver/message.hpp"

#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace a2od::tenant {

/// "200", "429:120" (with Retry-After: 120), "500", "200@30s" (after 30 s), "cut" (reset without an answer).
struct ScriptedReply {
  unsigned status = 200;
  std::string retry_after;
  Milliseconds delay{};
  bool cut = false;
};
[[nodiscard]] Result<ScriptedReply> parse_scripted_reply(std::string_view text);

struct Received {
  std::string path;
  unsigned status = 0;  ///< what it was answered with, 0 for a cut connection
  std::string body;
};

class Receiver {
 public:
  /// `print` gets each readable message, `keep` each body that was accepted (2xx), before the answer is given.
  struct Options {
    Colours colours = Colours::off;
    std::function<void(const std::string&)> print;
    std::function<void(const std::string&)> keep;
    std::vector<ScriptedReply> replies;  ///< in this order; the last one for ever. None: 200
  };
  explicit Receiver(Options options);

  /// POST: a message, or on /control/replies a new script ("500 429:2 200"). GET /control/messages: what came so far.
  [[nodiscard]] HttpReply answer(const HttpRequest& request, Timestamp now);

  /// The latest 1,000.
  [[nodiscard]] const std::deque<Received>& received() const { return received_; }

 private:
  [[nodiscard]] ScriptedReply next_reply();
  [[nodiscard]] HttpReply receive(const HttpRequest& request, Timestamp now);
  [[nodiscard]] HttpReply set_script(std::string_view text);

  Options options_;
  std::size_t next_ = 0;
  std::deque<Received> received_;
};

/// A JSON text without line breaks, which outside of strings mean nothing and inside are not allowed.
[[nodiscard]] std::string on_one_line(std::string text);

}  // namespace a2od::tenant
