package io.parley.testing;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.ArrayList;
import java.util.List;

/** A simulator somewhere, asked over HTTP. */
public record SimulatorClient(int port) {
  private static final HttpClient CLIENT =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  public String url() {
    return "http://127.0.0.1:" + port;
  }

  public JsonObject ask(String method, String path, JsonObject body) {
    try {
      HttpRequest request =
          HttpRequest.newBuilder(URI.create(url() + path))
              .method(
                  method,
                  body == null ? BodyPublishers.noBody() : BodyPublishers.ofString(body.encode()))
              .build();
      HttpResponse<String> answer = CLIENT.send(request, BodyHandlers.ofString());
      assertThat(answer.statusCode()).describedAs(answer.body()).isEqualTo(200);
      return new JsonObject(answer.body());
    } catch (IOException | InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Every request of the SMS provider goes this way. */
  public void always(JsonObject step) {
    JsonObject plan = new JsonObject().put("script", new JsonArray().add(step));
    ask("PUT", "/faults/sim-sms", plan.put("repeat", true));
  }

  public void withoutCallbacks() {
    ask("POST", "/callbacks", new JsonObject().put("mode", "off"));
  }

  /** Reports deliveries in any order. */
  public void shuffleCallbacks(int seed) {
    ask("POST", "/callbacks", new JsonObject().put("mode", "shuffled").put("seed", seed));
  }

  /** Every request that it still remembers, in order; {@code filter} begins with an ampersand. */
  public List<JsonObject> ledger(String filter) {
    List<JsonObject> all = new ArrayList<>();
    new Tail(filter).read(this, all);
    return all;
  }

  public List<JsonObject> delivered(String filter) {
    return ledger(filter).stream().filter(each -> each.getBoolean("delivered")).toList();
  }

  /** Reads on where it was, so that a ledger that forgets can be known as a whole. */
  public static final class Tail {
    private final String filter;
    private String cursor = "";
    private int known;

    public Tail(String filter) {
      this.filter = filter;
    }

    public void read(SimulatorClient simulator, List<JsonObject> into) {
      String next;
      do {
        JsonObject page = simulator.ask("GET", "/ledger?limit=200" + cursor + filter, null);
        JsonArray data = page.getJsonArray("data");
        for (int i = known; i < data.size(); i++) {
          into.add(data.getJsonObject(i));
        }
        next = page.getString("next");
        known = next == null ? data.size() : 0;
        cursor = next == null ? cursor : "&cursor=" + next;
      } while (next != null);
    }
  }
}
