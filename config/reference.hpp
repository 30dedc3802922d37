// All keys of the configuration, from the tables that the reader uses: for people, for manual pages and for editors.
#pragma once

#include "config/schema/type.hpp"

#include <string>

namespace a2od {

[[nodiscard]] schema::Reference config_keys();

/// The same as a page in Markdown: key, type, default, meaning.
[[nodiscard]] std::string config_reference();

/// JSON Schema (draft 7). It refuses unknown keys, missing ones and wrong kinds of values, and never what the reader
/// takes.
[[nodiscard]] std::string config_json_schema();

}  // namespace a2od
