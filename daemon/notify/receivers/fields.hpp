// Building what receivers are sent.
#pragma once

#include <boost/json/object.hpp>

#include <string>
#include <string_view>
#include <utility>

namespace a2od {

/// Leaves out what is empty: receivers take an empty text for a wrong one.
inline void put(boost::json::object& to, std::string_view name, std::string text) {
  if (!text.empty()) to[name] = std::move(text);
}

}  // namespace a2od
