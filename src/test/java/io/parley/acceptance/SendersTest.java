package io.parley.acceptance;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.parley.settings.InvalidSettings;
import io.parley.testing.TestDatabase;
import io.parley.testing.TestGateway;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Production sends from its configured sender addresses only, by every operation. */
@Tag("integration")
class SendersTest {
  private static final String OURS = "+12016661234";
  private static final String OTHER = "+12016661235";
  private static final String CONTACT = "+18045551234";
  private static final String ADMIN = TestGateway.basic("admin@parley.local");

  private static JsonObject sms(String from, String to) {
    return new JsonObject().put("from", from).put("to", to).put("type", "sms").put("body", "x");
  }

  private static JsonArray externalMembers(String address, String via) {
    return new JsonArray()
        .add(new JsonObject().put("address", address).put("channel", "sms").put("via", via));
  }

  private static JsonObject group(String via) {
    return new JsonObject()
        .put("kind", "group")
        .put("name", "g")
        .put("members", externalMembers(CONTACT, via));
  }

  @Test
  void sendsFromUnlistedAddressesAreRefused() {
    try (TestGateway node =
        new TestGateway(
            TestDatabase.fresh(), Map.of("PARLEY_SENDERS", OURS + ",Desk@example.org"))) {
      node.post(ADMIN, "/api/messages/sms", sms(OTHER, CONTACT)).is(422, "sender_not_allowed");
      node.post(ADMIN, "/api/messages/sms", sms("(201) 666-1234", CONTACT)).is(202);
      node.post(ADMIN, "/api/conversations", group(OTHER)).is(422, "sender_not_allowed");
      node.post(ADMIN, "/api/conversations", group(CONTACT)).is(422, "self_conversation");
      long id = node.post(ADMIN, "/api/conversations", group(OURS)).is(201).json().getLong("id");
      JsonObject more = new JsonObject().put("add", externalMembers("+13105550100", OTHER));
      node.send("PATCH", ADMIN, "/api/conversations/" + id, more).is(422, "sender_not_allowed");
      JsonObject in = sms(CONTACT, OTHER).put("messaging_provider_id", "in");
      long elsewhere =
          node.post(ADMIN, "/api/webhooks/sms", in).is(200).json().getLong("conversation_id");
      node.say(ADMIN, elsewhere, "an answer").is(422, "sender_not_allowed");
      node.post(
              ADMIN,
              "/api/conversations/" + elsewhere + "/items",
              new JsonObject()
                  .put("type", "post")
                  .put("post", new JsonObject().put("url", "https://example.com")))
          .is(201);
      node.say(ADMIN, 1, "an answer").is(201);
    }
  }

  @Test
  void invalidSenderAddressesAreInvalidSettings() {
    assertThatThrownBy(
            () ->
                new TestGateway("postgresql://u:p@127.0.0.1:1/d", Map.of("PARLEY_SENDERS", "desk")))
        .cause()
        .isInstanceOf(InvalidSettings.class)
        .hasMessageContaining("senders");
  }
}
