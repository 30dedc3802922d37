// The notifier's part in flapping: what the dispatcher is told in place of what comes.
#include "daemon/notify/notifier.hpp"
#include "daemon/state/flapping.hpp"

namespace a2od {

namespace asio = boost::asio;

void Notifier::tell_dispatcher(std::span<const AlertNotice> notices, Timestamp now) {
  dispatcher_.receive(flapping_.receive(notices, now), now);
}

asio::awaitable<void> Notifier::commit_flapping() {
  const auto now = with_.now();
  dispatcher_.receive(flapping_.advance(now), now);
  with_.metrics.set("a2od_alerts_flapping", {}, static_cast<double>(flapping_.count()));
  if (next_flapping_saving_ && *next_flapping_saving_ > now) co_return;
  next_flapping_saving_.reset();
  const auto changes = flapping_.take_changes();
  if (changes.empty()) co_return;
  const bool written = co_await with_.state.write("flapping", [&](Database& database) { commit(database, changes); });
  if (written) co_return;
  flapping_.put_back(changes);
  next_flapping_saving_ = with_.now() + kBetweenCommits;
}

}  // namespace a2od
