// Current samples as a page for Prometheus: text 0.0.4 or OpenMetrics 1.0.0.
#pragma once

#include "daemon/engine/current_values.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace a2od {

enum class ExpositionFormat { text, open_metrics };

[[nodiscard]] std::string_view content_type(ExpositionFormat format);

/// What a scraper prefers, by the `q` values of its Accept header; text where it names neither.
[[nodiscard]] ExpositionFormat negotiate(std::string_view accept);

/// Whether the Accept-Encoding header lets us answer with gzip.
[[nodiscard]] bool accepts_gzip(std::string_view accept_encoding);

/// `expected` bytes are reserved: about the size of the page before.
[[nodiscard]] std::string render(const CurrentValues& values, ExpositionFormat format, std::size_t expected = 0);

/// The same, compressed as one gzip member while it is made: the text of a large estate is never held as a whole.
[[nodiscard]] std::string render_gzip(const CurrentValues& values, ExpositionFormat format);

/// As one gzip member.
[[nodiscard]] std::string gzipped(std::string_view text);

}  // namespace a2od
