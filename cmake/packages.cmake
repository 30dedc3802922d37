# The libraries that a2od stands on, all from Debian 12, each with what it is for.

find_package(Threads REQUIRED)
find_package(PkgConfig REQUIRED)

# The event loop (Asio), HTTP (Beast), links (URL), API bodies (JSON).
find_package(Boost 1.81 REQUIRED COMPONENTS headers url json)
# TLS, the signatures of certificate sign-in and of webhooks.
find_package(OpenSSL REQUIRED)
# The daemon's own metrics. Only the core: /metrics is served by our own server.
find_package(prometheus-cpp REQUIRED)
# Configuration, rule files, scenario files. Included by config/document.cpp alone.
find_package(yaml-cpp REQUIRED)
# Logs, text or JSON.
find_package(spdlog REQUIRED)
# Alert states, outbox, names: a typed, exception-safe face of SQLite.
find_package(SQLiteCpp REQUIRED)
# The regular expressions of matchers: RE2 is what Prometheus' own engine behaves like, and runs in linear time.
pkg_check_modules(re2 REQUIRED IMPORTED_TARGET re2)
add_library(RE2::re2 ALIAS PkgConfig::re2)
# Name lookups that can be cancelled: Asio's resolver queues them all on one hidden thread.
pkg_check_modules(cares REQUIRED IMPORTED_TARGET libcares)
# Time zones of the system's database: libstdc++ 12 has none of C++20's. The database has Debian's "fat" files, which name
# every change of the clocks up to 2037; the library does not read the rule for what comes later.
find_package(date REQUIRED)
# Mail: SMTP with STARTTLS and authentication, and MIME. HTTP stays Beast's. Only notify/receivers/libcurl.hpp includes it.
find_package(CURL 7.85 REQUIRED)
# The command line of main.cpp.
find_path(CLI11_INCLUDE_DIR CLI/CLI.hpp REQUIRED)
# gzip, both ways; the blobs of the history.
find_package(ZLIB REQUIRED)

# Asio, Asio.SSL and Beast are compiled once, in collectors/async/asio_impl.cpp, instead of into every file that includes them.
add_library(asio STATIC ${PROJECT_SOURCE_DIR}/collectors/async/asio_impl.cpp)
target_compile_definitions(asio PUBLIC
  BOOST_ASIO_SEPARATE_COMPILATION BOOST_BEAST_SEPARATE_COMPILATION BOOST_ASIO_NO_DEPRECATED)
target_link_libraries(asio PUBLIC Boost::headers OpenSSL::SSL OpenSSL::Crypto Threads::Threads)
