#include "config/schema/table.hpp"
#include "config/schema/values.hpp"
#include "config/sections/sections.hpp"

namespace a2od::schema {

Type<FlappingConfig> flapping() {
  return section<FlappingConfig>({
      .keys = {key("changes", &FlappingConfig::changes, number(3, 100),
                   "an alert that begins or ends so often flaps: it is told once that it does"),
               key("within", &FlappingConfig::within, duration(1min), "the time in which it does"),
               key("quiet", &FlappingConfig::quiet, duration(1min),
                   "without change for so long it flaps no more, and how it is then is told once")},
  });
}

}  // namespace a2od::schema
