#include "collectors/own/exposition.hpp"
#include "collectors/own/own.hpp"
#include "collectors/own/process.hpp"
#include "collectors/part.hpp"
#include "collectors/sample_list.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <memory>
#include <utility>

namespace a2od {

namespace asio = boost::asio;

namespace {

constexpr std::size_t kMostSamples = 5'000;
constexpr std::size_t kMostMetrics = 500;

/// A metric that the program has printed once; what points to it may outlive the run.
struct PrintedMetric {
  std::string name;
  std::string help;
  Metric metric;
};

/// The collector with all that its views point to.
struct Definition {
  ExecCollectorConfig config;
  PartDescription part{.name = "output", .right = "", .requests_per_run = 0};
  /// Grows at most to kMostMetrics; on the event loop only.
  std::deque<PrintedMetric> metrics;

  explicit Definition(const ExecCollectorConfig& given) : config(given) {}

  /// nullptr when there are too many.
  const Metric* metric(std::string_view name, const Exposition& exposition) {
    const auto known = std::ranges::find(metrics, name, &PrintedMetric::name);
    if (known != metrics.end()) return &known->metric;
    if (metrics.size() >= kMostMetrics) return nullptr;
    const auto described = std::ranges::find(exposition.metrics, name, &ExposedMetric::name);
    const bool is_described = described != exposition.metrics.end();
    auto& added = metrics.emplace_back();
    added.name = name;
    added.help = is_described && !described->help.empty() ? described->help
                                                          : fmt::format("As collector {} prints it.", config.name);
    added.metric = {added.name, is_described ? described->type : MetricType::gauge, "", added.help};
    return &added.metric;
  }
};

bool is_ours(std::string_view name) { return name.starts_with("d365_") || name.starts_with("a2od_"); }

Result<std::vector<Sample>> decode(Definition& definition, std::string_view output) {
  const auto exposition = parse_exposition(output, kMostSamples);
  if (!exposition) return failure(exposition.error().message);
  std::vector<Sample> samples;
  for (const auto& exposed : exposition->samples) {
    if (is_ours(exposed.name)) return failure(fmt::format("metric {} begins as only a2od's own may", exposed.name));
    const auto* metric = definition.metric(exposed.name, *exposition);
    if (metric == nullptr) return failure(fmt::format("over {} metrics", kMostMetrics));
    Sample sample{.metric = metric, .environment_id = {}, .labels = {}, .value = exposed.value};
    for (const auto& label : exposed.labels) {
      if (label.first == "tenant") return failure("a label 'tenant', which a2od adds itself");
      sample.labels.push_back(label);
    }
    samples.push_back(std::move(sample));
  }
  return samples;
}

asio::awaitable<RunResult> collect(Run& run, std::shared_ptr<Definition> definition) {
  constexpr Milliseconds kBeforeTheRunEnds = std::chrono::milliseconds(500);
  const auto& config = definition->config;
  ProcessRequest request{.command = config.command,
                         .environment = config.environment,
                         .limit = std::max(config.timeout - kBeforeTheRunEnds, config.timeout / 2),
                         .max_output = config.max_output_bytes};
  request.environment.try_emplace("PATH", "/usr/bin:/bin");
  request.environment.try_emplace("LANG", "C.UTF-8");
  request.environment.insert_or_assign("A2OD_TENANT", run.tenant.name);
  auto printed = co_await run_process(std::move(request));
  RunResult result;
  if (printed.succeeded()) {
    result.parts.push_back(decoded_part(definition->part, decode(*definition, printed.output)));
  } else {
    auto part = broken_part(definition->part, fmt::format("{}: {}", config.command.front(), printed.error));
    if (printed.error.starts_with("no end")) part.outcome = Outcome::unreachable;
    result.parts.push_back(std::move(part));
  }
  co_return result;
}

}  // namespace

Collector exec_collector(const ExecCollectorConfig& config) {
  const auto definition = std::make_shared<Definition>(config);
  return {.name = definition->config.name,
          .about = definition->config.help.empty() ? std::string_view("A program, as the configuration says.")
                                                   : std::string_view(definition->config.help),
          .scope = Scope::tenant,
          .interval = std::chrono::ceil<std::chrono::seconds>(config.interval),
          .timeout = std::chrono::ceil<std::chrono::seconds>(config.timeout),
          .metrics = {},
          .parts = {&definition->part, 1},
          .applies = nullptr,
          .collect = [definition](Run& run) { return collect(run, definition); }};
}

}  // namespace a2od
