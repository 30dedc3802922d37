// Drills: a test alert is sent once and at once, past groups, ledger and outbox; its end is owed as any other, and is
// in the outbox before the test is sent: whatever ends this process, no receiver is left with a test that goes on
// forever.
#include "config/quote.hpp"
#include "daemon/notify/notifier.hpp"
#include "daemon/offload.hpp"
#include "daemon/state/notifications.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <chrono>
#include <utility>

namespace a2od {

namespace asio = boost::asio;

namespace {

using namespace std::chrono_literals;

constexpr Milliseconds kPatience = 40s;             ///< for the answer to the end
constexpr Milliseconds kLongestWait = 60s;          ///< until the end is due
constexpr Milliseconds kWhileItIsNotKnown = 10min;  ///< longer than the answer to a test may take

Milliseconds since(std::chrono::steady_clock::time_point start) {
  return std::chrono::floor<Milliseconds>(std::chrono::steady_clock::now() - start);
}

}  // namespace

/// An end that somebody waits for; on the stack of who does.
class Notifier::AwaitedEnd {
 public:
  AwaitedEnd(Notifier& notifier, std::uint64_t id, const asio::any_io_executor& executor)
      : notifier_(notifier), id_(id), timer_(executor) {
    notifier_.awaited_ends_.emplace(id_, this);
  }
  ~AwaitedEnd() { notifier_.awaited_ends_.erase(id_); }
  AwaitedEnd(const AwaitedEnd&) = delete;
  AwaitedEnd& operator=(const AwaitedEnd&) = delete;

  void finish(const DeliveryResult& result, Milliseconds took) {
    result_ = result;
    took_ = took;
    timer_.cancel();
  }

  /// Throws operation_aborted where the whole coroutine is cancelled.
  asio::awaitable<void> wait(Milliseconds at_most, DrillEnd& end) {
    timer_.expires_after(at_most);
    if (!result_) co_await timer_.async_wait(asio::as_tuple(asio::use_awaitable));
    const auto state = co_await asio::this_coro::cancellation_state;
    if (state.cancelled() != asio::cancellation_type::none)
      throw boost::system::system_error(asio::error::operation_aborted);
    end.state = result_ ? DrillEnd::State::told : DrillEnd::State::late;
    end.result = std::move(result_);
    end.took = took_;
  }

 private:
  Notifier& notifier_;
  std::uint64_t id_;
  asio::steady_timer timer_;
  std::optional<DeliveryResult> result_;
  Milliseconds took_{};
};

void Notifier::note_end(std::uint64_t id, const DeliveryResult& result, Milliseconds took) {
  if (const auto awaited = awaited_ends_.find(id); awaited != awaited_ends_.end())
    awaited->second->finish(result, took);
}

asio::awaitable<Result<Drill>> Notifier::drill(DrillRequest request) {
  if (request.id.empty()) request.id = drill_id(static_cast<std::uint32_t>(hash_value(new_uuid_())));
  if (auto checked = check_drill(request); !checked) co_return std::unexpected(checked.error());
  const auto receivers = receivers_;
  const auto templates = templates_;
  auto drill = plan_drill(request, explain(labels_of(request)), *receivers, external_url_, with_.now());
  if (!drill) co_return drill;
  for (auto& delivery : drill->deliveries) {
    const auto* config = find_integration(*receivers, delivery.to);
    const auto now = with_.now();
    delivery.shown =
        co_await offload(with_.pool, [&] { return show_message(delivery.firing, *config, templates, now); });
    if (request.mode == DrillRequest::Mode::send && delivery.withheld.empty())
      co_await send(delivery, *config, request);
  }
  co_return drill;
}

asio::awaitable<void> Notifier::send(DrillDelivery& delivery, const IntegrationConfig& config,
                                     const DrillRequest& request) {
  auto& end = delivery.ended;
  if (delivery.owes_end) {
    delivery.end.id = ++last_id_;
    delivery.end.decided = with_.now() + request.fires_for + kWhileItIsNotKnown;
    delivery.end.next_try = delivery.end.decided;
    co_await owe(delivery.end);
  }
  std::optional<AwaitedEnd> awaited;
  if (delivery.owes_end) awaited.emplace(*this, delivery.end.id, co_await asio::this_coro::executor);
  const auto summary = co_await summarize(delivery.firing);
  const auto started = std::chrono::steady_clock::now();
  delivery.result = co_await sender_.send(delivery.firing, config, templates_);
  delivery.took = since(started);
  auto event = delivery_event(delivery.firing, summary, *delivery.result, delivery.took, with_.now());
  event.details["test"] = request.id;
  event.details["asked_by"] = request.asked_by;
  with_.journal.record(event);
  spdlog::info("test {} by {}: receiver '{}', {}: {}", request.id, quote(request.asked_by), delivery.to.receiver,
               describe(delivery.to), describe(*delivery.result));
  if (!delivery.owes_end) co_return;
  wake_.call();
  if (!may_have_been_told(*delivery.result, delivery.to.kind)) {
    outbox_.withdraw(delivery.end.id);
    end.state = DrillEnd::State::withdrawn;
    co_return;
  }
  end = {.state = DrillEnd::State::waits, .due = delivery.end.next_try};
  if (classify(*delivery.result) != Verdict::delivered) co_return;
  end.due = with_.now() + request.fires_for;
  outbox_.hasten(delivery.end.id, end.due);
  if (request.fires_for <= kLongestWait) co_await awaited->wait(request.fires_for + kPatience, end);
}

asio::awaitable<void> Notifier::owe(const Message& message) {
  outbox_.add({message}, with_.now());
  // While all is written down as it was a moment ago, what changes meanwhile waits.
  if (next_catch_up_) co_return;
  DispatcherChanges one;
  one.messages.push_back(message);
  const bool written = co_await with_.state.write("notifications", [&](Database& database) { commit(database, one); });
  if (!written) next_catch_up_ = with_.now() + kBetweenCommits;
}

}  // namespace a2od
