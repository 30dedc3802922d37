#include "collectors/capacity/deficit.hpp"

#include <algorithm>
#include <array>

namespace a2od::capacity {
namespace {

constexpr double kGigabyte = 1024.0 * 1024 * 1024;
constexpr double kIncludedDatabase = 3 * kGigabyte;
constexpr double kIncludedFile = 3 * kGigabyte;
constexpr double kIncludedLog = 1 * kGigabyte;

bool is_known(const Store& store) { return store.entitled && store.consumed; }
double surplus(const Store& store) { return std::max(0.0, *store.entitled - *store.consumed); }
double overrun(const Store& store) { return std::max(0.0, *store.consumed - *store.entitled); }

/// Takes what it can of `need` out of `from`; both shrink.
void cover(double& need, double& from) {
  const double covered = std::min(need, from);
  need -= covered;
  from -= covered;
}

/// Sums of megabytes with fractions do not cancel out exactly: less than a byte is nothing.
double whole_bytes(double bytes) { return bytes < 1 ? 0 : bytes; }

bool needs_free_gigabyte(std::string_view operation) {
  constexpr std::array<std::string_view, 3> kOperationsThatGrow{"create", "recover", "convert"};
  return std::ranges::find(kOperationsThatGrow, operation) != kOperationsThatGrow.end();
}

}  // namespace

std::optional<Deficit> deficit_of(const TenantStorage& storage) {
  if (!is_known(storage.database) || !is_known(storage.file) || !is_known(storage.log)) return std::nullopt;
  auto [database, file, log] = storage;
  Deficit deficit;
  deficit.entitled = *database.entitled > 0 || *file.entitled > 0 || *log.entitled > 0;
  if (!deficit.entitled) {
    database.entitled = kIncludedDatabase;
    file.entitled = kIncludedFile;
    log.entitled = kIncludedLog;
  }
  double missing_log = overrun(log);
  double missing_file = overrun(file);
  double free_log = surplus(log);
  deficit.free_database = surplus(database);
  cover(missing_log, deficit.free_database);
  cover(missing_file, free_log);
  cover(missing_file, deficit.free_database);
  deficit.bytes = whole_bytes(overrun(database) + missing_log + missing_file);
  return deficit;
}

std::optional<Deficit> legacy_deficit_of(const Store& total) {
  if (!is_known(total)) return std::nullopt;
  return Deficit{
      .bytes = whole_bytes(overrun(total)), .free_database = surplus(total), .entitled = *total.entitled > 0};
}

std::vector<OperationState> operation_states(const Deficit& deficit) {
  std::vector<OperationState> states;
  if (!deficit.entitled) return states;
  for (const auto operation : kOperations) {
    const bool too_little_free = needs_free_gigabyte(operation) && deficit.free_database < kGigabyte;
    states.push_back({operation, deficit.bytes > 0 || too_little_free});
  }
  return states;
}

}  // namespace a2od::capacity
