package io.parley.ops;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("fast")
class MetricsTest {

  @Test
  void aBreakerThatIsProbedInVainHasOpenedOnce() {
    try (Metrics metrics = new Metrics()) {
      metrics.breaker("one", false);
      assertThat(metrics.text().toString())
          .contains("parley_provider_opened_total{provider=\"one\"} 0.0");
      for (int outage = 0; outage < 2; outage++) {
        metrics.breaker("one", true);
        metrics.breaker("one", true);
        metrics.breaker("one", false);
      }
      assertThat(metrics.text().toString())
          .contains("parley_provider_opened_total{provider=\"one\"} 2.0")
          .contains("parley_provider_open{provider=\"one\"} 0.0");
    }
  }
}
