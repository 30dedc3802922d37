// The notifier's part in maintenance: what is done to environments is written down before it keeps alerts back.
#include "daemon/notify/notifier.hpp"
#include "daemon/state/environment_work.hpp"

namespace a2od {

namespace asio = boost::asio;

void Notifier::see_environments(const EnvironmentsSeen& seen) {
  if (maintenance_.see(seen, with_.now())) wake_.call();
}

std::optional<Timestamp> Notifier::next_work_saving() const {
  return unsaved_work_ ? std::optional(next_work_saving_) : std::nullopt;
}

asio::awaitable<void> Notifier::commit_maintenance() {
  with_.journal.record(maintenance_changes_.update(maintenance_.active(with_.now()), with_.now()));
  if (auto changed = maintenance_.take_changes()) unsaved_work_ = std::move(changed);
  if (!unsaved_work_ || next_work_saving_ > with_.now()) co_return;
  const auto work = *std::exchange(unsaved_work_, std::nullopt);
  const bool written =
      co_await with_.state.write("maintenance", [&](Database& database) { save_environment_work(database, work); });
  if (written) co_return;
  if (!unsaved_work_) unsaved_work_ = work;
  next_work_saving_ = with_.now() + kBetweenCommits;
}

}  // namespace a2od
