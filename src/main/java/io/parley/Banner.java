package io.parley;

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
    System.out.printf(
        """

        Parley

          address        %s
          guide          %s/docs/guide
          reference      %s/docs
          contract       %s/openapi.yaml
          health         %s/health/ready
          metrics        %s/metrics
        """,
        url, url, url, url, url, url);
    simulator.ifPresent(at -> System.out.printf("  simulator      http://localhost:%d%n", at));
    if (settings.mode() == Mode.SANDBOX) {
      System.out.printf(
          """

          SANDBOX, insecure: requests from this machine without credentials act as the agent.
          The administrator is %s.

            curl -X POST %s/api/users -H 'Content-Type: application/json' -d '{"name":"You","email":"you@example.org","password":"correct horse"}'
            curl -u you:'correct horse' %s/api/users/me
            curl -X POST %s/api/auth/token -d 'grant_type=password&username=you&password=correct horse'

          """,
          settings.accounts().admin().email(), url, url, url);
    }
    System.out.printf("%nParley is ready after %d ms%n", millis);
    System.out.flush();
  }
}
