// A session that answers from a script and remembers what it was asked. It asserts nothing.
#pragma once

#include "collectors/cloud/session.hpp"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace a2od {

[[nodiscard]] inline cloud::Failure failure_of(cloud::Cause cause, unsigned status = 0, std::string code = {}) {
  cloud::Failure failure;
  failure.cause = cause;
  failure.status = status;
  failure.code = std::move(code);
  failure.message = "it failed";
  return failure;
}

class FakeSession final : public cloud::Session {
 public:
  /// Requests whose target holds `part` get this JSON; of pages, the items of its `value`. The first script that fits
  /// answers; a request that none fits is absent.
  void answer(std::string part, std::string_view json, cloud::Phases phases = {}) {
    scripts_.push_back({std::move(part), cloud::Answer{200, boost::json::parse(json), phases}});
  }
  void fail(std::string part, cloud::Failure failure) {
    scripts_.push_back({std::move(part), std::unexpected(std::move(failure))});
  }

  boost::asio::awaitable<cloud::Reply<cloud::Answer>> send(cloud::Request request) override {
    auto reply = reply_to(request);
    asked.push_back(std::move(request));
    co_return reply;
  }

  boost::asio::awaitable<cloud::Reply<std::vector<boost::json::value>>> send_paged(cloud::Request request) override {
    const auto reply = reply_to(request);
    asked.push_back(std::move(request));
    if (!reply) co_return std::unexpected(reply.error());
    const auto& items = reply->body.at("value").as_array();
    co_return std::vector<boost::json::value>(items.begin(), items.end());
  }

  [[nodiscard]] std::uint64_t requests() const override { return asked.size(); }

  std::vector<cloud::Request> asked;

 private:
  struct Script {
    std::string part;
    cloud::Reply<cloud::Answer> reply;
  };

  [[nodiscard]] cloud::Reply<cloud::Answer> reply_to(const cloud::Request& request) const {
    for (const auto& script : scripts_)
      if (request.target.find(script.part) != std::string::npos) return script.reply;
    return std::unexpected(failure_of(cloud::Cause::absent, 404));
  }

  std::vector<Script> scripts_;
};

}  // namespace a2od
