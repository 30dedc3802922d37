#include "daemon/notify/receivers/receivers.hpp"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>

namespace a2od {
namespace {

namespace json = boost::json;

struct Expanding {
  Texts& texts;

  json::value operator()(std::monostate) const { return nullptr; }
  json::value operator()(bool value) const { return value; }
  json::value operator()(std::int64_t value) const { return value; }
  json::value operator()(double value) const { return value; }

  json::value operator()(const std::string& from) const {
    auto text = texts.text("payload", from);
    if (text.starts_with('{') || text.starts_with('[')) {
      boost::system::error_code malformed;
      auto value = json::parse(text, malformed);
      if (!malformed) return value;
    }
    return json::value(text);
  }

  json::value operator()(const Payload::List& list) const {
    json::array out;
    for (const auto& item : list) out.push_back(webhook_payload(item, texts));
    return out;
  }

  json::value operator()(const Payload::Fields& fields) const {
    json::object out;
    for (const auto& [name, value] : fields) out[texts.text("payload", name)] = webhook_payload(value, texts);
    return out;
  }
};

}  // namespace

json::value webhook_payload(const Payload& payload, Texts& texts) {
  return std::visit(Expanding{texts}, payload.value);
}

}  // namespace a2od
