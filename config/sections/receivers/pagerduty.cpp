#include "config/sections/receivers/receiver_keys.hpp"

namespace a2od::schema {
namespace {

Type<PagerdutyImage> image() {
  return section<PagerdutyImage>({
      .keys = {key("src", &PagerdutyImage::src, template_text(), "where it is; HTTPS", Presence::required),
               key("alt", &PagerdutyImage::alt, template_text(), "what it shows"),
               key("href", &PagerdutyImage::href, template_text(), "where it leads")},
  });
}

Type<PagerdutyLink> link() {
  return section<PagerdutyLink>({
      .keys = {key("href", &PagerdutyLink::href, template_text(), "where it leads", Presence::required),
               key("text", &PagerdutyLink::text, template_text(), "what it says")},
  });
}

constexpr std::string_view kEventsV2 =
    "that is the retired Events API v1; add an Events API v2 integration to the "
    "service in PagerDuty and name its key as routing_key";

}  // namespace

Type<PagerdutyConfig> pagerduty() {
  return section<PagerdutyConfig>({
      .keys = {key("routing_key", &PagerdutyConfig::routing_key, inline_secret(),
                   "the key of an Events API v2 integration"),
               key("routing_key_file", &PagerdutyConfig::routing_key, secret_file(), "a file that holds it"),
               key("url", &PagerdutyConfig::url, http_url(), "in place of global.pagerduty_url"),
               send_resolved<PagerdutyConfig>(), timeout<PagerdutyConfig>(), http<PagerdutyConfig>(),
               key("client", &PagerdutyConfig::client, template_text(), "who reports"),
               key("client_url", &PagerdutyConfig::client_url, template_text(), "a link to it"),
               key("description", &PagerdutyConfig::description, template_text(), "the summary"),
               key("details", &PagerdutyConfig::details, map_of(template_text()), "more, added to the defaults"),
               key("severity", &PagerdutyConfig::severity, template_text(), "critical, error, warning or info"),
               key("class", &PagerdutyConfig::event_class, template_text(), "the kind of event"),
               key("component", &PagerdutyConfig::component, template_text(), "the part that is affected"),
               key("group", &PagerdutyConfig::group, template_text(), "what it belongs to"),
               key("source", &PagerdutyConfig::source, template_text(), "where it happened; by default the client"),
               key("images", &PagerdutyConfig::images, list_of(image()), "pictures"),
               key("links", &PagerdutyConfig::links, list_of(link()), "links")},
      .refused = {{"service_key", kEventsV2}, {"service_key_file", kEventsV2}},
      .check = [](Reader& reader, const Node& node,
                  const PagerdutyConfig&) { check_one(reader, node, "routing_key", "routing_key_file"); },
      .holds_secret = true,
  });
}

}  // namespace a2od::schema
