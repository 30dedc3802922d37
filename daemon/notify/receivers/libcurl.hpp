// libcurl, which is loaded where the configuration has a receiver of mail: with the thirty libraries that it needs it
// takes 4 MB of memory, and a daemon that sends no mail does without.
#pragma once

#include <curl/curl.h>

namespace a2od {

/// The functions of <curl/curl.h> that we call, without their `curl_`.
struct Libcurl {
  decltype(&curl_easy_cleanup) easy_cleanup;
  decltype(&curl_easy_init) easy_init;
  decltype(&curl_easy_perform) easy_perform;
  decltype(&curl_easy_setopt) easy_setopt;
  decltype(&curl_easy_strerror) easy_strerror;
  decltype(&curl_free) free;
  decltype(&curl_global_init) global_init;
  decltype(&curl_mime_addpart) mime_addpart;
  decltype(&curl_mime_data) mime_data;
  decltype(&curl_mime_encoder) mime_encoder;
  decltype(&curl_mime_free) mime_free;
  decltype(&curl_mime_init) mime_init;
  decltype(&curl_mime_type) mime_type;
  decltype(&curl_slist_append) slist_append;
  decltype(&curl_slist_free_all) slist_free_all;
  decltype(&curl_url) url;
  decltype(&curl_url_cleanup) url_cleanup;
  decltype(&curl_url_get) url_get;
  decltype(&curl_url_set) url_set;
};

/// Loaded and initialised by the first call, for good. Throws std::runtime_error that says what is missing; the next
/// call tries again. Any thread.
[[nodiscard]] const Libcurl& libcurl();

}  // namespace a2od
