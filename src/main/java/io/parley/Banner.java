package io.parley;

import io.parley.settings.AdminSettings;
import io.parley.settings.Mode;
import io.parley.settings.Settings;
import java.util.OptionalInt;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the process reports when it is ready: for a person where things are and three calls to try,
 * for a machine one line of its log.
 */
final class Banner {
  private static final Logger LOG = LoggerFactory.getLogger(Banner.class);

  private Banner() {}

  static void print(Settings settings, int port, OptionalInt simulator, long millis) {
    String url =
        settings.mode() == Mode.SANDBOX ? "http://localhost:" + port : settings.http().publicUrl();
    if (settings.log().json()) {
      // the log is one JSON object per line: nothing else may be written there
      LOG.atInfo().addKeyValue("url", url).addKeyValue("ms", millis).log("ready");
      return;
    }
    System.out.print(text(settings, url, simulator, millis));
    System.out.flush();
  }

  /** What a person reads. */
  static String text(Settings settings, String url, OptionalInt simulator, long millis) {
    StringBuilder text = new StringBuilder();
    text.append(
        """

        Parley

          address        %s
          guide          %s/docs/guide
          reference      %s/docs
          contract       %s/openapi.yaml
          health         %s/health/ready
          metrics        %s/metrics
        """
            .formatted(url, url, url, url, url, url));
    simulator.ifPresent(at -> text.append("  simulator      http://localhost:%d%n".formatted(at)));
    if (settings.mode() == Mode.SANDBOX) {
      text.append(sandbox(settings, url));
    }
    return text.append("%nParley is ready after %d ms%n".formatted(millis)).toString();
  }

  private static String sandbox(Settings settings, String url) {
    return """

        SANDBOX, insecure: %s
        The administrator is %s%s.

          curl -X POST %s/api/users -H 'Content-Type: application/json' -d '{"name":"You","email":"you@example.org","password":"correct horse"}'
          curl -u you:'correct horse' %s/api/users/me
          curl -X POST %s/api/auth/token -d 'grant_type=password&username=you&password=correct horse'

        """
        .formatted(
            agents(settings),
            settings.accounts().admin().email(),
            settings.accounts().admin().password().equals(AdminSettings.SANDBOX_PASSWORD)
                ? ", and the password is known to everybody"
                : "",
            url,
            url,
            url);
  }

  /** Who acts as the agent. */
  private static String agents(Settings settings) {
    return settings.http().sandboxExposed()
        ? "EVERYBODY who reaches "
            + settings.http().host()
            + " may do everything: requests\n  without credentials act as the agent, from other machines, too."
        : "requests from this machine without credentials act as the agent.";
  }
}
