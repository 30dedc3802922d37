// From an answer, or the lack of one, to the part of a run.
#pragma once

#include "collectors/cloud/session.hpp"
#include "collectors/collector.hpp"
#include "config/result.hpp"

#include <string>
#include <vector>

namespace a2od {

/// A complete part, or a broken one that says what in the answer could not be read.
[[nodiscard]] Part decoded_part(const PartDescription& description, Result<std::vector<Sample>> samples);

/// A part that failed on something that we could not make sense of.
[[nodiscard]] Part broken_part(const PartDescription& description, std::string error);

/// A failed part. It names the right only where one is missing, not where signing in itself failed or the environment
/// is in administration mode: Rights (collectors/sight/rights.hpp) tells lost rights by that.
[[nodiscard]] Part failed_part(const PartDescription& description, const cloud::Failure& failure);

/// Part by part: decodes the answer of a reply, or fails with its failure.
template <class Answer, class Decode>
[[nodiscard]] Part part_of(const PartDescription& description, const cloud::Reply<Answer>& reply, Decode&& decode) {
  if (!reply) return failed_part(description, reply.error());
  return decoded_part(description, decode(*reply));
}

}  // namespace a2od
