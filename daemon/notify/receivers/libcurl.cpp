#include "daemon/notify/receivers/libcurl.hpp"

#include <dlfcn.h>
#include <fmt/format.h>

#include <stdexcept>

namespace a2od {
namespace {

constexpr const char* kFile = "libcurl.so.4";

class Symbols {
 public:
  Symbols() : library_(::dlopen(kFile, RTLD_NOW | RTLD_LOCAL)) {
    if (library_ == nullptr)
      throw std::runtime_error(fmt::format("mail needs libcurl, in Debian the package libcurl4: {}", ::dlerror()));
  }
  template <class Function>
  void find(const char* name, Function& function) const {
    function = reinterpret_cast<Function>(::dlsym(library_, name));
    if (function == nullptr) throw std::runtime_error(fmt::format("{} is too old for mail: {}", kFile, ::dlerror()));
  }

 private:
  void* library_;
};

Libcurl load() {
  const Symbols symbols;
  Libcurl loaded{};
  symbols.find("curl_easy_cleanup", loaded.easy_cleanup);
  symbols.find("curl_easy_init", loaded.easy_init);
  symbols.find("curl_easy_perform", loaded.easy_perform);
  symbols.find("curl_easy_setopt", loaded.easy_setopt);
  symbols.find("curl_easy_strerror", loaded.easy_strerror);
  symbols.find("curl_free", loaded.free);
  symbols.find("curl_global_init", loaded.global_init);
  symbols.find("curl_mime_addpart", loaded.mime_addpart);
  symbols.find("curl_mime_data", loaded.mime_data);
  symbols.find("curl_mime_encoder", loaded.mime_encoder);
  symbols.find("curl_mime_free", loaded.mime_free);
  symbols.find("curl_mime_init", loaded.mime_init);
  symbols.find("curl_mime_type", loaded.mime_type);
  symbols.find("curl_slist_append", loaded.slist_append);
  symbols.find("curl_slist_free_all", loaded.slist_free_all);
  symbols.find("curl_url", loaded.url);
  symbols.find("curl_url_cleanup", loaded.url_cleanup);
  symbols.find("curl_url_get", loaded.url_get);
  symbols.find("curl_url_set", loaded.url_set);
  const auto code = loaded.global_init(CURL_GLOBAL_DEFAULT);
  if (code != CURLE_OK)
    throw std::runtime_error(fmt::format("{} does not start: {}", kFile, loaded.easy_strerror(code)));
  return loaded;
}

}  // namespace

const Libcurl& libcurl() {
  static const Libcurl loaded = load();
  return loaded;
}

}  // namespace a2od
