#include "config/sections/receivers/receiver_keys.hpp"

namespace a2od::schema {

Type<TeamsConfig> teams() {
  return section<TeamsConfig>({
      .keys = {key("webhook_url", &TeamsConfig::webhook_url, secret_url(),
                   "of a workflow that starts when a Teams webhook request is received"),
               key("webhook_url_file", &TeamsConfig::webhook_url, secret_file(), "a file that holds it"),
               send_resolved<TeamsConfig>(), timeout<TeamsConfig>(), http<TeamsConfig>(),
               key("title", &TeamsConfig::title, template_text(), "the heading"),
               key("text", &TeamsConfig::text, template_text(), "the text; Teams' part of Markdown")},
      .check = [](Reader& reader, const Node& node,
                  const TeamsConfig&) { check_one(reader, node, "webhook_url", "webhook_url_file"); },
      .holds_secret = true,
  });
}

}  // namespace a2od::schema
