#include "daemon/notify/delivery.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace a2od {
namespace {

/// 0.6 to 1, the same each time for the same two numbers (the finalizer of splitmix64).
double spread(std::uint64_t message_id, std::uint64_t attempt) {
  auto bits = message_id * 0x9E3779B97F4A7C15U + attempt;
  bits = (bits ^ bits >> 30U) * 0xBF58476D1CE4E5B9U;
  bits = (bits ^ bits >> 27U) * 0x94D049BB133111EBU;
  bits ^= bits >> 31U;
  return 0.6 + 0.4 * static_cast<double>(bits >> 11U) / static_cast<double>(1ULL << 53U);
}

Milliseconds doubling(Milliseconds first, Milliseconds longest, std::uint64_t message_id, std::uint64_t attempt) {
  const auto doublings = std::min<std::uint64_t>(std::max<std::uint64_t>(attempt, 1) - 1, 20);
  const auto full = std::min(first * (1 << doublings), longest);
  return std::chrono::duration_cast<Milliseconds>(full * spread(message_id, attempt));
}

}  // namespace

Verdict classify(const DeliveryResult& result) {
  if (result.unusable) return Verdict::misconfigured;
  if (result.verdict) return *result.verdict;
  switch (result.status) {
    case 400:
    case 413:
    case 422:
      return Verdict::refused;
    case 408:
    case 425:
    case 429:
      return Verdict::retry;
    default:
      break;
  }
  if (result.status >= 200 && result.status < 300) return Verdict::delivered;
  if (result.status >= 300 && result.status < 500) return Verdict::misconfigured;
  return Verdict::retry;
}

std::string_view name_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::delivered:
      return "delivered";
    case Verdict::retry:
      return "retry";
    case Verdict::refused:
      return "refused";
    case Verdict::misconfigured:
      return "misconfigured";
  }
  return "retry";
}

std::string_view failure_reason(const DeliveryResult& result) {
  switch (classify(result)) {
    case Verdict::refused:
      return "refused";
    case Verdict::misconfigured:
      return "misconfigured";
    default:
      break;
  }
  if (result.status == 0) return "network";
  return result.status == 429 ? "throttled" : "server";
}

std::string describe(const DeliveryResult& result) {
  if (result.status == 0 || result.verdict) return result.error;
  return fmt::format("answered {}{}{}", result.status, result.error.empty() ? "" : ": ", result.error);
}

Milliseconds backoff(std::uint64_t message_id, std::uint64_t attempt) {
  return doubling(std::chrono::seconds(1), std::chrono::minutes(1), message_id, attempt);
}

Milliseconds slow_backoff(std::uint64_t message_id, std::uint64_t attempt) {
  return doubling(std::chrono::minutes(5), std::chrono::hours(1), message_id, attempt);
}

}  // namespace a2od
