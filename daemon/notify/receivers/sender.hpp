// Sends messages to receivers, over HTTP or by mail, and says how it went.
#pragma once

#include "collectors/cloud/http_client.hpp"
#include "config/config.hpp"
#include "daemon/notify/delivery.hpp"
#include "daemon/notify/notify.hpp"
#include "daemon/notify/receivers/host_budget.hpp"
#include "daemon/notify/receivers/requests.hpp"
#include "daemon/notify/templates/notification_templates.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/thread_pool.hpp>

#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

namespace a2od {

/// On the event loop; outlives its calls.
class Sender {
 public:
  /// Templates and secrets are read on `pool`, the time on the loop.
  Sender(cloud::HttpClient& http, boost::asio::any_io_executor pool, std::function<Timestamp()> now)
      : http_(http), pool_(std::move(pool)), now_(std::move(now)) {}

  /// Throws only operation_aborted, when cancelled. Mails end within a second of cut_off().
  boost::asio::awaitable<DeliveryResult> send(const Message& message, const IntegrationConfig& integration,
                                              NotificationTemplates templates);
  void cut_off() { stop_mails_.request_stop(); }

 private:
  struct Exchange;
  struct Token {
    OAuth2Config of;
    Secret token;
    Timestamp expires;
  };

  boost::asio::awaitable<DeliveryResult> send_mail(const Message& message, const EmailConfig& config,
                                                   const NotificationTemplates& templates);
  boost::asio::awaitable<DeliveryResult> send(ReceiverRequest request, const Exchange& how);
  boost::asio::awaitable<Result<Secret>> token(const OAuth2Config& oauth2, const Exchange& how);
  void forget_token(const OAuth2Config& oauth2);
  boost::asio::awaitable<void> wait_for_turn(const ReceiverRequest& request, const Exchange& how);

  cloud::HttpClient& http_;
  boost::asio::any_io_executor pool_;
  std::function<Timestamp()> now_;
  HostBudget budget_;
  std::vector<Token> tokens_;
  std::stop_source stop_mails_;
  std::optional<boost::asio::thread_pool> mail_pool_;  ///< once there was a mail: a slow server holds up no one else
};

}  // namespace a2od
