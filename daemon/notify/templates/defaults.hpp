// The templates that are there without any file: default.tmpl and email.tmpl, compiled in.
#pragma once

#include <string_view>

namespace a2od {

extern const std::string_view kDefaultTemplates;
extern const std::string_view kEmailTemplates;

}  // namespace a2od
