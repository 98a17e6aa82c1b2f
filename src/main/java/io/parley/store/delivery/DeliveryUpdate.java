package io.parley.store.delivery;

import io.parley.channel.Attempt;
import io.parley.channel.DispatchVerbs.ReceiveStatus;
import io.parley.channel.DispatchVerbs.Settlement;
import io.parley.channel.NextStep;
import io.parley.json.Text;
import io.vertx.sqlclient.Tuple;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * One row for {@code update_deliveries}: the new state of a delivery, and the lease under which it
 * may be set.
 */
record DeliveryUpdate(
    long delivery,
    long lease,
    String state,
    @Nullable String provider,
    @Nullable String reference,
    @Nullable String code,
    @Nullable String message,
    long pauseMs,
    boolean asked,
    boolean unknown) {
  private static final long UNLEASED = -1;
  private static final long ANY_LEASE = -2;
  private static final int MAX_MESSAGE = 500;
  static final int MAX_REFERENCE = 200;
  private static final int MAX_CODE = 64;

  static DeliveryUpdate of(Settlement settlement) {
    long delivery = settlement.delivery();
    // a provider that was not asked did not handle the delivery
    boolean asked = settlement.attempt().isPresent();
    String provider = settlement.attempt().map(Attempt::provider).orElse(null);
    return switch (settlement.step()) {
      case NextStep.HandedOver over ->
          new DeliveryUpdate(
              delivery,
              settlement.lease(),
              "sent",
              provider,
              cut(over.reference(), MAX_REFERENCE),
              null,
              null,
              0,
              true,
              false);
      case NextStep.Failed failed ->
          new DeliveryUpdate(
              delivery,
              settlement.lease(),
              "failed",
              provider,
              null,
              cut(failed.code(), MAX_CODE),
              cut(failed.message(), MAX_MESSAGE),
              0,
              asked,
              false);
      case NextStep.Expired expired -> expired(delivery, settlement.lease(), asked, provider);
      case NextStep.Retry retry ->
          new DeliveryUpdate(
              delivery,
              settlement.lease(),
              "again",
              provider,
              null,
              cut(retry.code(), MAX_CODE),
              cut(retry.message(), MAX_MESSAGE),
              retry.after().toMillis(),
              asked,
              retry.bound());
    };
  }

  static DeliveryUpdate expired(long delivery) {
    return expired(delivery, UNLEASED, false, null);
  }

  private static DeliveryUpdate expired(
      long delivery, long lease, boolean asked, @Nullable String provider) {
    return new DeliveryUpdate(
        delivery, lease, "expired", provider, null, "expired", "not sent in time", 0, asked, false);
  }

  /** The end of a delivery that only {@code provider} might have sent. */
  static DeliveryUpdate providerGone(long delivery, String provider) {
    return new DeliveryUpdate(
        delivery,
        UNLEASED,
        "failed",
        provider,
        null,
        "provider_gone",
        "No node has the provider " + provider + " any more; it may have sent the message.",
        0,
        false,
        false);
  }

  static DeliveryUpdate of(ReceiveStatus report, long delivery) {
    return new DeliveryUpdate(
        delivery,
        ANY_LEASE,
        report.state().text(),
        report.provider(),
        cut(report.id(), MAX_REFERENCE),
        cut(report.code().orElse(report.state().text()), MAX_CODE),
        cut(report.message().orElse(""), MAX_MESSAGE),
        0,
        false,
        false);
  }

  DeliveryUpdate withoutReference() {
    return new DeliveryUpdate(
        delivery, lease, state, provider, null, code, message, pauseMs, asked, unknown);
  }

  static Tuple parameters(List<DeliveryUpdate> updates) {
    return Tuple.tuple()
        .addArrayOfLong(updates.stream().map(DeliveryUpdate::delivery).toArray(Long[]::new))
        .addArrayOfLong(updates.stream().map(DeliveryUpdate::lease).toArray(Long[]::new))
        .addArrayOfString(texts(updates, DeliveryUpdate::state))
        .addArrayOfString(texts(updates, DeliveryUpdate::provider))
        .addArrayOfString(texts(updates, DeliveryUpdate::reference))
        .addArrayOfString(texts(updates, DeliveryUpdate::code))
        .addArrayOfString(texts(updates, DeliveryUpdate::message))
        .addArrayOfLong(updates.stream().map(DeliveryUpdate::pauseMs).toArray(Long[]::new))
        .addArrayOfBoolean(updates.stream().map(DeliveryUpdate::asked).toArray(Boolean[]::new))
        .addArrayOfBoolean(updates.stream().map(DeliveryUpdate::unknown).toArray(Boolean[]::new));
  }

  private static String[] texts(
      List<DeliveryUpdate> updates, Function<DeliveryUpdate, @Nullable String> field) {
    String[] texts = new String[updates.size()];
    for (int i = 0; i < texts.length; i++) {
      texts[i] = field.apply(updates.get(i));
    }
    return texts;
  }

  /** The start of a provider's text, as far as the column holds it. */
  static String cut(String text, int max) {
    int end = text.offsetByCodePoints(0, Math.min(max, text.codePointCount(0, text.length())));
    return Text.mended(text.substring(0, end));
  }
}
