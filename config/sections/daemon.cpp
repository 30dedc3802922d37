#include "config/schema/checks.hpp"
#include "config/schema/table.hpp"
#include "config/schema/values.hpp"
#include "config/sections/sections.hpp"

namespace a2od::schema {
namespace {

void check_label(Reader& reader, const Node::Entry& entry) {
  if (is_label_name(entry.key)) return;
  reader.problem(entry.position, "found " + quote(entry.key) + ", expected a label name");
}

}  // namespace

Type<RulesConfig> rules() {
  using NoData = RulesConfig::NoData;
  using Evaluation = RulesConfig::Evaluation;
  return section<RulesConfig>(
      {.keys = {
           key("no_data", &RulesConfig::no_data,
               choice<NoData>({{"hold", NoData::hold}, {"prometheus", NoData::prometheus}}),
               "what becomes of an alert whose source fails: held, or resolved as Prometheus does"),
           key("evaluation", &RulesConfig::evaluation,
               choice<Evaluation>({{"on_change", Evaluation::on_change}, {"interval", Evaluation::interval}}),
               "whether what a collector changed is evaluated at once, or on the interval alone, as scraped series "
               "are"),
           key("evaluation_interval", &RulesConfig::evaluation_interval, duration(1s),
               "of groups that name no interval of their own"),
           key("resolution", &RulesConfig::resolution, duration(1s), "how often held values are repeated in the store"),
           key("external_labels", &RulesConfig::external_labels,
               map_of(text("text of 1 to 128 bytes without control characters", is_label_value), check_label),
               "added to every alert"),
       }});
}

Type<StorageConfig> storage() {
  return section<StorageConfig>({.keys = {
                                     key("path", &StorageConfig::path, path(), "the folder of state.db"),
                                     key("retention", &StorageConfig::retention, duration(24h),
                                         "how long the history of all series is kept on disk, in whole days"),
                                     key("events_retention", &StorageConfig::events_retention, duration(1h),
                                         "how long events are kept: what happened to alerts, silences and messages"),
                                     key("max_events", &StorageConfig::max_events, number(1'000, 100'000'000),
                                         "so many events are kept at most, the latest ones"),
                                 }});
}

Type<WebConfig> web() {
  return section<WebConfig>(
      {.keys = {
           key("listen_address", &WebConfig::listen_address,
               text("an address such as 127.0.0.1:9365", is_listen_address), "where the pages and the API are served"),
           key("external_url", &WebConfig::external_url,
               text("a URL that begins with https:// or http://", is_http_url),
               "how browsers reach a2od; default: http:// and the listen address"),
           key("config_file", &WebConfig::config_file, file(),
               "TLS and basic auth, as in Prometheus' exporter toolkit"),
       }});
}

Type<LogConfig> log() {
  using Format = LogConfig::Format;
  return section<LogConfig>(
      {.keys = {
           key("level", &LogConfig::level, word({"debug", "info", "warn", "error"}), "the least that is logged"),
           key("format", &LogConfig::format, choice<Format>({{"text", Format::text}, {"json", Format::json}}),
               "one line of text or one JSON object for each message"),
       }});
}

}  // namespace a2od::schema
