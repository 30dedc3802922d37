// What the HTTP server does to connections: keep-alive, limits, refusals, TLS identities, raw replies.
#include "daemon/http/server.hpp"

#include "collectors/async/deadline.hpp"
#include "collectors/async/task_group.hpp"
#include "tests/daemon/http/certificate.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/asio/write.hpp>
#include <gmock/gmock.h>
#include <sys/socket.h>

#include <future>
#include <optional>
#include <stdexcept>
#include <thread>

namespace a2od {
namespace {

namespace ssl = asio::ssl;
using asio::ip::tcp;
using boost::system::error_code;
using testing::Contains;
using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;
using testing::StartsWith;
using namespace std::chrono_literals;

HttpReply text(std::string body, unsigned status = 200) {
  HttpReply reply;
  reply.status = status;
  reply.body = std::make_shared<const std::string>(std::move(body));
  return reply;
}

asio::awaitable<void> half_a_reply(ByteSink& sink) {
  co_await sink.write("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf");
}

asio::awaitable<void> half_a_reply_then_cut(ByteSink& sink) {
  co_await sink.write("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf");
  sink.cut();
}

/// Answers what the path asks for.
asio::awaitable<HttpReply> scripted(HttpRequest request) {
  if (request.target == "/throw") throw std::runtime_error("database is locked");
  if (request.target == "/big") co_return text(std::string(3'000'000, 'x'));
  if (request.target == "/nothing") co_return text("ignored", 204);
  if (request.target == "/sni") co_return text(request.server_name);
  HttpReply reply = text(request.method + " " + request.target + " " + request.body);
  if (request.target == "/injected") reply.headers.emplace_back("X-Echo", "a\r\nX-Evil: b");
  if (request.target == "/dated") reply.headers.emplace_back("date", "Thu, 01 Jan 1970 00:00:00 GMT");
  if (request.target == "/raw") reply.raw = half_a_reply;
  if (request.target == "/cut") reply.raw = half_a_reply_then_cut;
  co_return reply;
}

/// A server on a thread of its own, on a free port of the loopback.
class RunningServer {
 public:
  explicit RunningServer(HttpServerOptions options = {}, const TlsIdentity* identity = nullptr)
      : server_(scripted, options) {
    if (identity != nullptr) server_.set_tls(*identity);
    sessions_.spawn("accept", server_.serve(acceptor_, sessions_));
    thread_ = std::jthread([this] { io_.run(); });
  }
  ~RunningServer() { stop(); }

  void stop() {
    if (!thread_.joinable()) return;
    asio::co_spawn(io_, sessions_.stop(), asio::use_future).get();
    thread_.join();
  }

  void set_tls(const TlsIdentity& identity) {
    asio::post(io_, std::packaged_task<void()>([this, &identity] { server_.set_tls(identity); })).get();
  }

  [[nodiscard]] tcp::endpoint endpoint() const { return acceptor_.local_endpoint(); }
  /// Only after stop().
  [[nodiscard]] const std::vector<std::string>& failures() const { return failures_; }

 private:
  asio::io_context io_{1};
  std::vector<std::string> failures_;
  TaskGroup sessions_{io_.get_executor(), [this](const std::string& name, const std::exception& error) {
                        failures_.push_back(name + ": " + error.what());
                      }};
  tcp::acceptor acceptor_{io_, {asio::ip::address_v4::loopback(), 0}};
  HttpServer server_;
  std::jthread thread_;
};

void connect_to(tcp::socket& socket, const tcp::endpoint& endpoint) {
  socket.connect(endpoint);
  const timeval limit{.tv_sec = 10, .tv_usec = 0};
  ::setsockopt(socket.native_handle(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
}

/// A blocking client that writes what it is told and reads to the end.
class Client {
 public:
  explicit Client(const RunningServer& server) : socket_(io_) { connect_to(socket_, server.endpoint()); }

  void send(std::string_view bytes) {
    error_code ignored;  // the server may have refused and closed already
    asio::write(socket_, asio::buffer(bytes), ignored);
  }
  void finish() { socket_.shutdown(tcp::socket::shutdown_send); }

  /// Everything until the server closes.
  std::string rest() {
    std::string bytes;
    asio::read(socket_, asio::dynamic_buffer(bytes), end_);
    return bytes;
  }

  std::string some(std::size_t size) {
    std::string bytes(size, '\0');
    bytes.resize(asio::read(socket_, asio::buffer(bytes), end_));
    return bytes;
  }

  [[nodiscard]] error_code how_it_ended() const { return end_; }

 private:
  asio::io_context io_;
  tcp::socket socket_;
  error_code end_;
};

std::string ask(const RunningServer& server, std::string_view bytes) {
  Client client(server);
  client.send(bytes);
  return client.rest();
}

std::string get(std::string_view target, std::string_view more = "Connection: close\r\n") {
  return "GET " + std::string(target) + " HTTP/1.1\r\nHost: h\r\n" + std::string(more) + "\r\n";
}

std::size_t count(std::string_view text, std::string_view part) {
  std::size_t found = 0;
  for (auto at = text.find(part); at != std::string_view::npos; at = text.find(part, at + 1)) ++found;
  return found;
}

TEST(HttpServer, AnswersPipelinedRequestsInOrderOnOneConnection) {
  RunningServer server;
  const auto replies = ask(server, get("/a", "") + get("/b", "") + get("/c"));
  EXPECT_EQ(count(replies, "HTTP/1.1 200 OK"), 3U);
  EXPECT_LT(replies.find("GET /a"), replies.find("GET /b"));
  EXPECT_THAT(replies, EndsWith("GET /c "));
  server.stop();
  EXPECT_THAT(server.failures(), IsEmpty());
}

TEST(HttpServer, ClosesAfterARequestOfHttp10) {
  const RunningServer server;
  const auto reply = ask(server, "GET /old HTTP/1.0\r\n\r\n");
  EXPECT_THAT(reply, AllOf(StartsWith("HTTP/1.0 200 OK"), EndsWith("GET /old ")));
}

TEST(HttpServer, ReadsABodyAndAChunkedOne) {
  const RunningServer server;
  EXPECT_THAT(ask(server, "POST /p HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Length: 3\r\n\r\nabc"),
              EndsWith("POST /p abc"));
  EXPECT_THAT(ask(server,
                  "POST /p HTTP/1.1\r\nHost: h\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
                  "2\r\nab\r\n1\r\nc\r\n0\r\n\r\n"),
              EndsWith("POST /p abc"));
}

TEST(HttpServer, SendsALargeSharedBodyWhole) {
  const RunningServer server;
  const auto reply = ask(server, get("/big"));
  EXPECT_THAT(reply, HasSubstr("Content-Length: 3000000\r\n"));
  EXPECT_EQ(reply.size() - reply.find("\r\n\r\n") - 4, 3'000'000U);
}

TEST(HttpServer, AnswersHeadWithTheLengthAndNoBody) {
  const RunningServer server;
  const auto reply = ask(server, "HEAD /h HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  EXPECT_THAT(reply, AllOf(HasSubstr("Content-Length: 8\r\n"), EndsWith("\r\n\r\n")));
}

TEST(HttpServer, SendsNoBodyWhereTheStatusForbidsOne) {
  const RunningServer server;
  EXPECT_THAT(ask(server, get("/nothing")), AllOf(StartsWith("HTTP/1.1 204"), Not(HasSubstr("ignored"))));
}

TEST(HttpServer, SaysContinueToAClientThatWaitsForIt) {
  const RunningServer server;
  Client client(server);
  client.send("POST /e HTTP/1.1\r\nHost: h\r\nConnection: close\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
  EXPECT_EQ(client.some(25), "HTTP/1.1 100 Continue\r\n\r\n");
  client.send("ok");
  EXPECT_THAT(client.rest(), EndsWith("POST /e ok"));
}

TEST(HttpServer, KeepsHeaderValuesOnOneLine) {
  const RunningServer server;
  EXPECT_THAT(ask(server, get("/injected")), Not(HasSubstr("\r\nX-Evil")));
}

TEST(HttpServer, TakesADateFromTheHandler) {
  const RunningServer server;
  const auto reply = ask(server, get("/dated"));
  EXPECT_EQ(count(reply, "Date: "), 1U);
  EXPECT_THAT(reply, HasSubstr("Date: Thu, 01 Jan 1970 00:00:00 GMT\r\n"));
}

struct Refusal {
  std::string name;
  std::string request;
  std::string status;
};

TEST(HttpServer, RefusesWhatItCannotTakeInPlainText) {
  HttpServerOptions options;
  options.max_header_bytes = 1024;
  options.max_body_bytes = 100;
  const RunningServer server(options);
  const std::string chunk = "80\r\n" + std::string(128, 'x') + "\r\n0\r\n\r\n";
  const Refusal rows[] = {
      {"not HTTP", "hello there\r\n\r\n", "400 Bad Request"},
      {"no host", "GET / HTTP/1.1\r\n\r\n", "400 Bad Request"},
      {"two hosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", "400 Bad Request"},
      {"two lengths", "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", "400 Bad"},
      {"announced body", "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 101\r\n\r\n", "413 "},
      {"chunked body", "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk, "413 "},
      {"large header", get("/", "X: " + std::string(2000, 'x') + "\r\n"), "431 "},
      {"endless header", "GET /" + std::string(5000, 'x'), "431 "},
  };
  for (const auto& row : rows) {
    const auto reply = ask(server, row.request);
    EXPECT_THAT(reply, StartsWith("HTTP/1.1 " + row.status)) << row.name;
    EXPECT_THAT(reply, HasSubstr("Connection: close\r\n")) << row.name;
    EXPECT_THAT(reply, HasSubstr("text/plain")) << row.name;
  }
}

TEST(HttpServer, GivesUpOnARequestThatComesTooSlowly) {
  HttpServerOptions options;
  options.request_timeout = 20ms;
  const RunningServer server(options);
  EXPECT_THAT(ask(server, "GET / HTTP/1.1\r\nHos"), StartsWith("HTTP/1.1 408 "));
}

TEST(HttpServer, ClosesAnIdleConnectionWithoutAWord) {
  HttpServerOptions options;
  options.idle_timeout = 20ms;
  const RunningServer server(options);
  EXPECT_EQ(ask(server, ""), "");
}

TEST(HttpServer, AnswersAThrowingHandlerWith500AndTellsItsGroupWhy) {
  RunningServer server;
  const auto reply = ask(server, get("/throw", ""));
  EXPECT_THAT(reply, AllOf(StartsWith("HTTP/1.1 500 "), Not(HasSubstr("database"))));
  server.stop();
  EXPECT_THAT(server.failures(), Contains("http session: GET /throw: database is locked"));
}

TEST(HttpServer, SendsARawReplyAsItIsAndEndsTheConnection) {
  const RunningServer server;
  Client client(server);
  client.send(get("/raw", ""));
  EXPECT_THAT(client.rest(), EndsWith("\r\n\r\nhalf"));
  EXPECT_EQ(client.how_it_ended(), asio::error::eof);
}

TEST(HttpServer, CutResetsTheConnection) {
  RunningServer server;
  Client client(server);
  client.send(get("/cut", ""));
  client.rest();
  EXPECT_EQ(client.how_it_ended(), asio::error::connection_reset);
  server.stop();
  EXPECT_THAT(server.failures(), IsEmpty());
}

TEST(HttpServer, TurnsAwayConnectionsOverTheCapUntilOneEnds) {
  HttpServerOptions options;
  options.max_connections = 1;
  const RunningServer server(options);
  std::optional<Client> first(server);
  first->send(get("/a", ""));
  EXPECT_THAT(first->some(15), "HTTP/1.1 200 OK");
  EXPECT_THAT(ask(server, ""), StartsWith("HTTP/1.1 503 "));
  first->finish();
  first->rest();  // the session has ended once this has
  std::string reply;
  for (int tries = 0; tries < 1000 && !reply.starts_with("HTTP/1.1 200"); ++tries) reply = ask(server, get("/b"));
  EXPECT_THAT(reply, EndsWith("GET /b "));
}

TEST(HttpServer, StopsWithConnectionsOpen) {
  RunningServer server;
  Client idle(server);
  idle.send(get("/a", ""));
  idle.some(15);
  server.stop();
  idle.rest();
  EXPECT_THAT(server.failures(), IsEmpty());
}

struct TlsAnswer {
  std::string reply;
  std::string certificate_name;
};

TlsAnswer ask_over_tls(const RunningServer& server, const std::string& name, const std::string& request) {
  asio::io_context io;
  ssl::context context(ssl::context::tls_client);
  ssl::stream<tcp::socket> stream(io, context);
  SSL_set_tlsext_host_name(stream.native_handle(), name.c_str());
  connect_to(stream.next_layer(), server.endpoint());
  stream.handshake(ssl::stream_base::client);
  asio::write(stream, asio::buffer(request));
  TlsAnswer answer;
  error_code end;
  asio::read(stream, asio::dynamic_buffer(answer.reply), end);
  EXPECT_EQ(end, asio::error::eof) << "the server says goodbye";
  X509* const leaf = SSL_get0_peer_certificate(stream.native_handle());
  answer.certificate_name = common_name(leaf);
  return answer;
}

TEST(HttpServer, ServesTlsAndPassesTheServerNameOn) {
  const auto identity = self_signed("first");
  const RunningServer server({}, &identity);
  const auto answer = ask_over_tls(server, "contoso.crm4.dynamics.com", get("/sni"));
  EXPECT_THAT(answer.reply, EndsWith("\r\n\r\ncontoso.crm4.dynamics.com"));
}

TEST(HttpServer, SendsALargeBodyOverTls) {
  const auto identity = self_signed("first");
  const RunningServer server({}, &identity);
  EXPECT_THAT(ask_over_tls(server, "h", get("/big")).reply, SizeIs(testing::Gt(3'000'000U)));
}

TEST(HttpServer, UsesANewIdentityForNewConnections) {
  const auto first = self_signed("first");
  const auto second = self_signed("second");
  RunningServer server({}, &first);
  EXPECT_EQ(ask_over_tls(server, "h", get("/")).certificate_name, "first");
  server.set_tls(second);
  EXPECT_EQ(ask_over_tls(server, "h", get("/")).certificate_name, "second");
}

TEST(HttpServer, EndsAConnectionThatSpeaksPlainHttpToTls) {
  const auto identity = self_signed("first");
  RunningServer server({}, &identity);
  ask(server, get("/"));
  server.stop();
  EXPECT_THAT(server.failures(), IsEmpty());
}

std::string refusal_of(const TlsIdentity& identity) {
  HttpServer server(scripted, {});
  try {
    server.set_tls(identity);
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return "";
}

TEST(HttpServer, SaysWhatIsWrongWithAnIdentity) {
  const auto good = self_signed("first");
  auto without_certificate = good;
  without_certificate.certificate_chain = "nonsense";
  auto foreign_key = good;
  foreign_key.key = self_signed("second").key;
  auto bad_ca = good;
  bad_ca.client_ca = "nonsense";
  EXPECT_THAT(refusal_of(without_certificate), StartsWith("server certificate is not a PEM certificate chain"));
  EXPECT_THAT(refusal_of(foreign_key), StartsWith("server key is not the unencrypted PEM key"));
  EXPECT_THAT(refusal_of(bad_ca), StartsWith("client CA is not a PEM certificate"));
}

}  // namespace
}  // namespace a2od
