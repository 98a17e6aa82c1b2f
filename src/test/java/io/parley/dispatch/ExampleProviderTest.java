package io.parley.dispatch;

import static org.assertj.core.api.Assertions.assertThat;

import io.parley.bus.Bus;
import io.parley.channel.DispatchVerbs;
import io.parley.channel.DispatchVerbs.Claimed;
import io.parley.channel.DispatchVerbs.Claims;
import io.parley.channel.DispatchVerbs.FindProviders;
import io.parley.channel.DispatchVerbs.Settled;
import io.parley.channel.DispatchVerbs.Settlement;
import io.parley.channel.NextStep;
import io.parley.channel.Outcome;
import io.parley.channel.OutgoingMessage;
import io.parley.channel.ProviderEntry;
import io.parley.settings.ProviderSettings;
import io.parley.timeline.Channel;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * The example of docs/providers.md, carried out by the verticle alone, against fakes on the bus.
 */
@Tag("fast")
class ExampleProviderTest {
  // example
  /** Prints messages. */
  static final class PaperProvider implements Provider {
    private final PrintStream paper;

    PaperProvider(PrintStream paper) {
      this.paper = paper;
    }

    @Override
    public Future<Outcome> send(OutgoingMessage message, Transcript transcript) {
      if (message.body().isEmpty()) {
        return Future.succeededFuture(new Outcome.Refused("empty", "Nothing to print."));
      }
      paper.println(message.to() + ": " + message.body());
      return Future.succeededFuture(new Outcome.Sent("page-" + message.key()));
    }
  }

  // end of example

  @Test
  void theDocumentShowsTheExampleAsItIs() throws Exception {
    String source =
        Files.readString(Path.of("src/test/java/io/parley/dispatch/ExampleProviderTest.java"));
    String example =
        source.substring(
            source.indexOf("  // example\n") + 13, source.indexOf("  // end of example"));
    assertThat(Files.readString(Path.of("docs/providers.md")))
        .contains(
            example
                .stripTrailing()
                .stripIndent()
                .strip()
                .replace("static final class", "final class"));
  }

  @Test
  void theVerticleAloneCarriesWhatTheStoreHandsOut() throws Exception {
    Vertx vertx = Vertx.vertx();
    Bus bus = new Bus(vertx);
    BlockingQueue<Settlement> settled = new LinkedBlockingQueue<>();
    LinkedBlockingQueue<Claimed> due = new LinkedBlockingQueue<>();
    OutgoingMessage outgoing =
        new OutgoingMessage(
            3,
            0,
            Channel.SMS,
            "+15550000000",
            "+15550000001",
            Optional.empty(),
            "hi",
            List.of(),
            Instant.now());
    due.add(new Claimed(outgoing, 1, false, 0, Instant.now().plusSeconds(60), false));
    bus.serve(
        DispatchVerbs.CLAIM_DUE,
        wanted ->
            Future.succeededFuture(new Claims(due.isEmpty() ? List.of() : List.of(due.remove()))));
    bus.serve(
        DispatchVerbs.SETTLE,
        wanted -> {
          settled.addAll(wanted.settlements());
          return Future.succeededFuture(new Settled(1, Set.of()));
        });
    ProviderSettings settings =
        new ProviderSettings("desk", "paper", false, "http://unused", 4, 0, Duration.ofSeconds(1));
    ProviderKinds kinds =
        ProviderKinds.builtIn().with("paper", (any, line) -> new PaperProvider(System.out));
    try {
      vertx
          .deployVerticle(
              new DispatchVerticle(List.of(settings), kinds, bus, ProviderListener.none()))
          .await(20, TimeUnit.SECONDS);
      Settlement told = settled.poll(20, TimeUnit.SECONDS);
      assertThat(told.step()).isEqualTo(new NextStep.HandedOver("page-3-0"));
      List<ProviderEntry> providers =
          bus.request(DispatchVerbs.FIND_PROVIDERS, new FindProviders())
              .await(20, TimeUnit.SECONDS)
              .providers();
      assertThat(providers).hasSize(1);
      assertThat(providers.getFirst().sent()).isOne();
    } finally {
      vertx.close().await(20, TimeUnit.SECONDS);
    }
  }
}
