#include "config/schema/checks.hpp"
#include "config/sections/receivers/receiver_keys.hpp"

namespace a2od::schema {

Type<ServicenowConfig> servicenow() {
  return section<ServicenowConfig>({
      .keys = {key("url", &ServicenowConfig::url, http_url(), "https://<instance>.service-now.com", Presence::required),
               send_resolved<ServicenowConfig>(), timeout<ServicenowConfig>(), http<ServicenowConfig>(),
               key("source", &ServicenowConfig::source, template_text(), "who reports"),
               key("event_class", &ServicenowConfig::event_class, template_text(), "which instance of it"),
               key("node", &ServicenowConfig::node, template_text(), "what it is about: binds to a CI"),
               key("resource", &ServicenowConfig::resource, template_text(), "the part of the node"),
               key("metric_name", &ServicenowConfig::metric_name, template_text(), "what was measured"),
               key("type", &ServicenowConfig::type, template_text(), "the kind of event"),
               key("severity", &ServicenowConfig::severity, template_text(), "1 critical to 5 info"),
               key("description", &ServicenowConfig::description, template_text(), "the text"),
               key("additional_info", &ServicenowConfig::additional_info, map_of(template_text()),
                   "more, beside labels and annotations")},
  });
}

}  // namespace a2od::schema
